import { decodeSound, toPcm } from '../audio/decode-audio';
import { SoundError } from '../audio/sound';
import { readWhole } from '../files/read-file';
import type { FormatReader } from '../formats/format';
import { corrupt, unusable } from '../problems';
import { readMedia } from './read-media';

const LAYOUT = {
  files: /\.(wav|flac)$/i,
  table: 'transcripts',
  what: 'recordings (.wav, .flac)',
  expected: 'WAV and FLAC files with a transcripts.csv (path, text), or <class>/<recording>, or train/ and test/ above these',
  captions: false,
};

/** Reads recordings, with what is said in them, their class, or both; all of one sampling rate. */
export const readRecordings: FormatReader = async (input) => {
  const { options, context } = input;
  let first: { path: string; sampleRate: number } | undefined;
  const source = await readMedia(input, 'recording', LAYOUT, async ({ path, local }) => {
    const bytes = await readWhole(local, path, context);
    const { samples, sampleRate } = await decodeSound(bytes, options, 'Set channels to MIX to have them mixed, or leave the file out.').catch((error: unknown) => {
      throw error instanceof SoundError ? corrupt(path, error.problem) : error;
    });
    if (first && sampleRate !== first.sampleRate) {
      throw unusable(path, { received: `${sampleRate} samples a second`, expected: `${first.sampleRate} like the first one, ${first.path}`, remedy: 'Set sample_rate to have all of them resampled.' });
    }
    first ??= { path, sampleRate };
    const pcm = toPcm(samples);
    return new Uint8Array(pcm.buffer);
  });
  return { ...source, sampleRate: first!.sampleRate };
};
