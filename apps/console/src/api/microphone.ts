import captureAddress from './capture.worklet.js';
import { encodeWav } from './wav';

export interface Recording {
  /** Ends it. @returns a WAV file */
  stop: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** Without what browsers do to speech for telephony: models are trained on recordings as they were made. */
const PLAIN: MediaTrackConstraints = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** Why there is no sound, for people. */
function reasonOf(error: unknown): Error {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return new Error('The browser keeps the microphone from this page. Allow it beside the address, or choose a file.');
  if (name === 'NotFoundError') return new Error('The browser finds no microphone. Connect one, or choose a file.');
  if (name === 'NotReadableError') return new Error('The microphone gives no sound; another program may be using it. End that, or choose a file.');
  return new Error(`The browser gives no sound: ${error instanceof Error ? error.message : String(error)}. Choose a file.`);
}

/** Seconds between two tellings of what has come. */
const TELL_EVERY = 0.1;

/**
 * Records from the microphone, after the browser has asked for leave.
 * @param onSound told now and then: the loudest sample since the last time, and how many seconds there are
 * @throws Error saying why there is no sound
 */
export async function record(onSound: (peak: number, seconds: number) => void): Promise<Recording> {
  const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
  if (!mediaDevices) throw new Error('Browsers give the microphone to pages over HTTPS and of this machine alone. Set up TLS (docs/console.md), or choose a file.');
  const stream = await mediaDevices.getUserMedia({ audio: PLAIN }).catch((error: unknown) => {
    throw reasonOf(error);
  });
  const context = new AudioContext();
  const end = async () => {
    for (const track of stream.getTracks()) track.stop();
    await context.close();
  };
  try {
    await context.audioWorklet.addModule(captureAddress);
    const pieces: Float32Array[] = [];
    let [count, told, peak] = [0, 0, 0];
    const capture = new AudioWorkletNode(context, 'capture');
    capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      pieces.push(data);
      count += data.length;
      peak = data.reduce((most, sample) => Math.max(most, Math.abs(sample)), peak);
      if (count - told < TELL_EVERY * context.sampleRate) return;
      onSound(peak, count / context.sampleRate);
      [told, peak] = [count, 0];
    };
    // Only what leads to the loudspeakers is computed; what arrives there is silence.
    context.createMediaStreamSource(stream).connect(capture).connect(context.destination);
    return {
      stop: async () => {
        capture.port.onmessage = null;
        await end();
        const samples = new Float32Array(count);
        let at = 0;
        for (const piece of pieces.splice(0)) {
          samples.set(piece, at);
          at += piece.length;
        }
        return encodeWav(samples, context.sampleRate);
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
