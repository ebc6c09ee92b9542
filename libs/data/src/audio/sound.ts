import type { Problem } from '../problems';

/** What a file of sound says of itself, once checked. */
export interface SoundHeader {
  format: 'wav' | 'flac';
  sampleRate: number;
  channels: number;
  bits: number;
  /** Samples of each channel. */
  frames: number;
}

/** A sound that can't be used, with the reason for people. */
export class SoundError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.received);
  }
}

const RATES = { least: 4_000, most: 192_000 };
const MAX_CHANNELS = 8;
export const RECORD_AGAIN = 'Save it again as WAV or FLAC.';

/** Refuses a header that no recording has. */
export function checkHeader({ sampleRate, channels, frames }: SoundHeader, maxSeconds: number): void {
  if (channels < 1 || channels > MAX_CHANNELS) throw new SoundError({ received: `${channels} channels`, expected: `1 to ${MAX_CHANNELS}`, remedy: RECORD_AGAIN });
  if (sampleRate < RATES.least || sampleRate > RATES.most) {
    throw new SoundError({ received: `${sampleRate} samples a second`, expected: `${RATES.least} to ${RATES.most}`, remedy: `The header is wrong, or the recording is no sound. ${RECORD_AGAIN}` });
  }
  if (frames === 0) throw new SoundError({ received: 'a recording of no length', expected: 'sound', remedy: 'Record it again.' });
  if (frames > maxSeconds * sampleRate) {
    throw new SoundError({ received: `${(frames / sampleRate).toFixed(1)} seconds`, expected: `at most ${maxSeconds}`, remedy: 'Cut it into shorter recordings.' });
  }
}
