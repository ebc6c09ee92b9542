import { Option, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { rnn, type DatasetSchema } from '@quartet/contracts';
import { number } from '../arguments';

const UNITS = { word: rnn.TranscriptUnit.TRANSCRIPT_UNIT_WORD, character: rnn.TranscriptUnit.TRANSCRIPT_UNIT_CHARACTER };

/** Of a training on recordings. */
export interface SpeechOptions {
  classify?: boolean;
  unit?: keyof typeof UNITS;
  speed?: number;
  noiseDb?: number;
  gainDb?: number;
}

/** Recordings with texts are transcribed, others classified. */
export const isTranscribed = ({ exampleShape }: DatasetSchema, { classify }: SpeechOptions): boolean => !classify && Number(exampleShape[1] ?? 0) > 0;

/** What of a TrainTranscriber request is its own. */
export function transcriberSpec({ unit, speed, noiseDb, gainDb }: SpeechOptions): Pick<Input<rnn.TrainTranscriberRequest>, 'unit' | 'augmentation'> {
  return { unit: unit && UNITS[unit], augmentation: { speed, noiseDb, gainDb } };
}

export const withSpeechOptions = (command: Command): Command =>
  command
    .option('--classify', 'recordings: learn their classes, not what is said in them')
    .addOption(new Option('--unit <name>', 'recordings: what their texts are made of (default: words if they are few)').choices(Object.keys(UNITS)))
    .option('--speed <share>', 'recordings: speed between 1 - x and 1 + x (default: 0.15)', number(0, 0.5))
    .option('--noise-db <dB>', 'recordings: noise at least so far below the speech; 60: none (default: 10)', number(0, 60))
    .option('--gain-db <dB>', 'recordings: louder or softer by at most so much (default: 10)', number(0, 40));
