import { QuartetError, rnn, type Settings } from '@quartet/contracts';
import { decodeAudio } from '@quartet/data';
import { toSamples } from '../audio/recordings';
import type { TranscriberPlan } from './plan';
import { checkFormat, type ResolvedStart } from './start';

/** Turns bytes, as they come, into samples at the model's rate. */
export interface Sound {
  /** @returns The samples that are known now, maybe none. */
  push(bytes: Uint8Array): Promise<Float32Array>;
  /** The rest. */
  finish(): Promise<Float32Array>;
}

const NOTHING = new Float32Array(0);

export function soundOf(start: ResolvedStart, plan: TranscriberPlan, settings: Settings): Sound {
  return start.encoding === rnn.AudioEncoding.AUDIO_ENCODING_PCM16 ? live(plan.frontEnd.sampleRate, settings) : file(start, plan.frontEnd.sampleRate, settings);
}

/** 16-bit samples; a piece may end within one. */
function live(sampleRate: number, { QUARTET_MAX_AUDIO_SECONDS: most }: Settings): Sound {
  let count = 0;
  let odd = Buffer.alloc(0);
  return {
    push(bytes) {
      const all = Buffer.concat([odd, bytes]);
      const samples = new Int16Array(all.length >> 1);
      for (let i = 0; i < samples.length; i++) samples[i] = all.readInt16LE(2 * i);
      odd = all.subarray(2 * samples.length);
      count += samples.length;
      if (count > most * sampleRate) throw tooLong(`more than ${most} s`, most);
      return Promise.resolve(toSamples(samples));
    },
    finish() {
      if (odd.length > 0) throw QuartetError.invalid('audio', `received ${2 * count + 1} bytes, expected an even number: two a sample`, 'BYTE_COUNT_MISMATCH');
      return Promise.resolve(NOTHING);
    },
  };
}

/** A WAV or FLAC file, decoded once it is complete. */
function file({ encoding, mixDown }: ResolvedStart, sampleRate: number, { QUARTET_MAX_AUDIO_SECONDS: most, QUARTET_MAX_MESSAGE_BYTES: mostBytes }: Settings): Sound {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    push(bytes) {
      size += bytes.length;
      if (size > mostBytes) throw new QuartetError('LIMIT_EXCEEDED', `audio: received a file of more than ${mostBytes} bytes (QUARTET_MAX_MESSAGE_BYTES); send a shorter one, or one of ${sampleRate} Hz, 16 bit and one channel`);
      pieces.push(bytes);
      return Promise.resolve(NOTHING);
    },
    async finish() {
      const bytes = Buffer.concat(pieces);
      if (bytes.length === 0) throw noSound();
      checkFormat(bytes, encoding);
      const { samples } = await decodeAudio(bytes, { sampleRate, channels: mixDown ? 'mix' : 'refuse', silence: 'accept', maxSeconds: most }, 'audio').catch((error: unknown) => {
        throw remedied(error, most);
      });
      return samples;
    },
  };
}

/** Says how several channels are mixed here, and where the longest recording is set. */
function remedied(error: unknown, most: number): unknown {
  const long = QuartetError.is(error) && /received (\S+ s)econds; expected at most/.exec(error.message);
  if (long) return tooLong(long[1]!, most);
  if (!QuartetError.is(error) || !/\d channels; expected one/.test(error.message)) return error;
  const description = error.violations[0]!.description.replace(/Send one channel\.$/, 'Send one channel, or set start.mix_down for the mean of them.');
  return QuartetError.invalid('audio', description, 'UNDECODABLE_AUDIO');
}

export const noSound = (): QuartetError => QuartetError.invalid('audio', 'received none, expected some; send audio after `start`', 'EMPTY_BATCH');

const tooLong = (received: string, most: number): QuartetError =>
  new QuartetError('LIMIT_EXCEEDED', `audio: received ${received}, expected at most ${most} s (QUARTET_MAX_AUDIO_SECONDS); cut it into shorter pieces`, { metadata: { max_seconds: `${most}` } });
