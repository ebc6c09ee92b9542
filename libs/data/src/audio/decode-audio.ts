import { QuartetError } from '@quartet/contracts';
import { decodeFlac, flacHeader, isFlac } from './flac';
import { resample } from './resample';
import { checkHeader, SoundError, type SoundHeader } from './sound';
import { decodeWav, isWav, wavHeader } from './wav';

export interface AudioOptions {
  /** Sound of another rate is resampled; 0 or unset: as the file has it. */
  sampleRate?: number;
  /** What to do about several channels: default `refuse`. */
  channels?: 'refuse' | 'mix';
  /** Longest recording that is decoded; default 600. */
  maxSeconds?: number;
  /** What to do about samples that are all 0; default `refuse`. */
  silence?: 'refuse' | 'accept';
}

/** Sound of one channel. */
export interface DecodedAudio {
  /** -1..1 */
  samples: Float32Array;
  sampleRate: number;
  seconds: number;
  /** What the file itself was. */
  source: SoundHeader;
}

const MAX_SECONDS = 600;
/** Floats may go somewhat beyond 1; whole numbers saved as floats go far beyond. */
const LOUDEST = 4;

/**
 * Decodes a WAV (PCM, floats, A-law, mu-law) or FLAC file, its header checked against what is there.
 *
 * @param field Where the sound stands in the request, for the error.
 * @throws QuartetError UNDECODABLE_AUDIO: no such file, damaged, too long, silent, several channels.
 */
export async function decodeAudio(bytes: Uint8Array, options: AudioOptions = {}, field = 'encoded'): Promise<DecodedAudio> {
  try {
    return await decodeSound(bytes, options, 'Send one channel.');
  } catch (error) {
    if (!(error instanceof SoundError)) throw error;
    const { received, expected, remedy } = error.problem;
    throw QuartetError.invalid(field, `received ${received}; expected ${expected}. ${remedy}`, 'UNDECODABLE_AUDIO');
  }
}

/** As `decodeAudio`. @param mixRemedy What to do about several channels. @throws SoundError */
export async function decodeSound(bytes: Uint8Array, { sampleRate = 0, channels = 'refuse', maxSeconds = MAX_SECONDS, silence = 'refuse' }: AudioOptions, mixRemedy: string): Promise<DecodedAudio> {
  const source = headerOf(bytes);
  checkHeader(source, maxSeconds);
  if (source.channels > 1 && channels === 'refuse') throw new SoundError({ received: `${source.channels} channels`, expected: 'one', remedy: mixRemedy });
  const decoded = source.format === 'wav' ? decodeWav(bytes, source) : await decodeFlac(bytes, source);
  const mono = mixDown(decoded);
  check(mono, silence);
  const samples = resample(mono, source.sampleRate, sampleRate || source.sampleRate);
  return { samples, sampleRate: sampleRate || source.sampleRate, seconds: source.frames / source.sampleRate, source };
}

function headerOf(bytes: Uint8Array): SoundHeader {
  if (isWav(bytes)) return wavHeader(bytes);
  if (isFlac(bytes)) return flacHeader(bytes);
  throw new SoundError({ received: bytes.length === 0 ? 'no bytes' : `${bytes.length} bytes that are neither`, expected: 'a WAV or FLAC file', remedy: "Send the file's own bytes, converted to WAV or FLAC if it is of another format." });
}

function mixDown(channels: Float32Array[]): Float32Array {
  const [first, ...others] = channels as [Float32Array, ...Float32Array[]];
  return others.length === 0 ? first : first.map((value, at) => others.reduce((sum, other) => sum + other[at]!, value) / channels.length);
}

/** One pass over all samples, of which there may be many millions. */
function check(samples: Float32Array, silence: 'refuse' | 'accept'): void {
  const { abs } = Math;
  let heard = false;
  for (let at = 0; at < samples.length; at++) {
    const value = samples[at]!;
    heard ||= value !== 0;
    if (abs(value) <= LOUDEST) continue;
    if (Number.isFinite(value)) throw new SoundError({ received: `a sample of ${value}`, expected: 'samples in -1..1', remedy: 'Divide whole numbers by 32768 before saving them as floats.' });
    throw new SoundError({ received: `a sample that is no finite number, at ${at}`, expected: 'finite samples', remedy: 'Save it again.' });
  }
  if (!heard && silence === 'refuse') throw new SoundError({ received: 'silence: all samples are 0', expected: 'sound', remedy: 'Record it again.' });
}

/** 16-bit samples of samples in -1..1; what is beyond is cut off. */
export function toPcm(samples: Float32Array): Int16Array {
  const pcm = new Int16Array(samples.length);
  const { round } = Math;
  for (let at = 0; at < samples.length; at++) {
    const value = round(samples[at]! * 32_768);
    pcm[at] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
  }
  return pcm;
}
