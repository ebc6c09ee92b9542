import { readWhole, tooLarge } from '../files/read-file';
import type { FormatReader } from '../formats/format';
import { StrayFiles } from '../formats/stray-files';
import { baseName } from '../paths';
import { partInName } from '../ingest/part-name';
import { corrupt, listed, unusable } from '../problems';
import type { SourcePart } from '../ingest/source';
import type { PartName } from '../types';

const EXPECTED = '..._TRAIN.ts and, if at hand, ..._TEST.ts';

interface Sequences {
  file: string;
  /** [sequence][channel][time] */
  sequences: number[][][];
  labels: string[];
  classNames: string[];
}

/**
 * Reads the .ts files of the UEA and UCR archives (the format of sktime and aeon): lines `@classLabel true a b c`, then `@data`, then a
 * sequence a line, its channels divided by `:`, its class last. Sequences may differ in length: shorter ones end in NaN.
 */
export const readTsFiles: FormatReader = async ({ files, options, context, onProgress }) => {
  const stray = new StrayFiles(options.badFiles);
  const read: Partial<Record<PartName, Sequences>> = {};
  let done = 0;
  for (const [path, local] of files) {
    if (stray.junk(path)) continue;
    const part = files.size === 1 ? 'train' : partInName(baseName(path));
    if (!/\.ts$/i.test(path) || !part || read[part]) {
      stray.unknown(path, EXPECTED);
      continue;
    }
    read[part] = parseTs((await readWhole(local, path, context)).toString('utf8'), path);
    onProgress({ stage: 'read', done: (done += read[part].labels.length), total: 0, unit: 'examples' });
  }
  const { train } = read;
  if (!train) throw corrupt([...files.keys()][0]!, { received: 'no sequences to train on', expected: EXPECTED, remedy: 'Name the files so.' });
  const all = Object.values(read).flatMap(({ sequences }) => sequences);
  const exampleShape = [Math.max(...all.map(([channel]) => channel!.length)), train.sequences[0]!.length];
  const elements = all.length * exampleShape[0]! * exampleShape[1]!;
  if (elements * 4 > context.limits.maxBytes) throw tooLarge(train.file, elements * 4, context.limits);
  const parts = Object.fromEntries(Object.entries(read).map(([part, sequences]) => [part, toPart(sequences, exampleShape, train)]));
  return {
    kind: 'sequence',
    exampleShape,
    classNames: train.classNames,
    columns: [],
    parts: { ...parts, train: parts['train']! },
    skippedFiles: stray.skipped,
  };
};

function parseTs(text: string, file: string): Sequences {
  const lines = text.split(/\r?\n/);
  const start = lines.findIndex((line) => /^@data\s*$/i.test(line));
  if (start < 0) throw corrupt(file, { received: 'no line @data', expected: 'a .ts file', remedy: 'Send the file as the archive has it.' });
  const head = lines.slice(0, start).find((line) => /^@classLabel\s+true\b/i.test(line));
  const classNames = head?.trim().split(/\s+/).slice(2) ?? [];
  if (classNames.length === 0) throw unusable(file, { received: 'no @classLabel true with the names of the classes', expected: 'sequences with a class each', remedy: 'Add that line.' });
  const sequences: number[][][] = [];
  const labels: string[] = [];
  lines.forEach((line, at) => {
    if (at <= start || line.trim() === '') return;
    const place = `${file}, line ${at + 1}`;
    const fields = line.trim().split(':');
    const label = fields.pop()!;
    if (!classNames.includes(label)) throw unusable(place, { received: `class "${label.slice(0, 100)}"`, expected: `one of ${listed(classNames)}`, remedy: 'Correct it.' });
    const channels = fields.map((field) => field.split(',').map((number) => Math.fround(Number(number.trim() || NaN))));
    check(channels, sequences[0]?.length, place);
    sequences.push(channels);
    labels.push(label);
  });
  if (sequences.length === 0) throw unusable(file, { received: 'no sequence', expected: 'at least one', remedy: 'Send data.' });
  return { file, sequences, labels, classNames };
}

function check(channels: number[][], expected: number | undefined, place: string): void {
  const [first] = channels;
  if (!first || channels.length !== (expected ?? channels.length)) {
    throw corrupt(place, { received: `${channels.length} channels`, expected: `${expected ?? 'at least 1'}, as in the first sequence`, remedy: 'Correct the line.' });
  }
  if (channels.some(({ length }) => length !== first.length)) {
    throw unusable(place, { received: `channels of ${channels.map(({ length }) => length).join(', ')} steps`, expected: 'as many steps in each channel of a sequence', remedy: 'Cut or fill the shorter ones.' });
  }
  const bad = channels.flat().findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw unusable(place, { received: `no finite number at step ${bad % first.length} of channel ${Math.floor(bad / first.length)}`, expected: 'finite numbers', remedy: 'Fill it in or leave the sequence out.' });
}

function toPart({ file, sequences, labels }: Sequences, [steps = 0, channels = 0]: number[], train: Sequences): SourcePart {
  if (sequences[0]!.length !== channels) {
    throw unusable(file, { received: `sequences of ${sequences[0]!.length} channels`, expected: `${channels}, as in ${train.file}`, remedy: 'Give all files the same channels.' });
  }
  const examples = new Float32Array(sequences.length * steps * channels).fill(NaN);
  sequences.forEach((sequence, at) => sequence.forEach((values, channel) => values.forEach((value, step) => (examples[(at * steps + step) * channels + channel] = value))));
  return { file, count: sequences.length, examples, labels: Int32Array.from(labels, (label) => train.classNames.indexOf(label)) };
}
