import { isDeepStrictEqual } from 'node:util';
import { shapeText, type RawArray } from '../arrays/raw-array';
import { unusable } from '../problems';
import type { PartName, Target } from '../types';
import { toExamples, type Examples } from './examples';
import { numberedClasses, toLabels } from './labels';
import type { Source, SourcePart } from './source';
import { targetNames, toTargets } from './targets';

/** An array and the file it came from. */
export interface NamedArray {
  file: string;
  array: RawArray;
}

/** Examples and labels of one part, as IDX and NumPy files bring them. */
export interface ArrayPair {
  examples: NamedArray;
  labels: NamedArray;
}

/**
 * Makes a source of arrays by part.
 * @throws QuartetError UNUSABLE_DATASET, also where examples and labels, or the parts among themselves, don't match.
 */
export function sourceOfArrays(
  pairs: Partial<Record<PartName, ArrayPair>> & { train: ArrayPair },
  classNames: readonly string[] | undefined,
  skippedFiles: string[],
  target: Target = 'classes',
): Source {
  const readPair = (pair: ArrayPair) => (target === 'classes' ? readClasses(pair) : readTargets(pair, target));
  const train = readPair(pairs.train);
  const parts: Source['parts'] = { train: train.part };
  for (const name of ['validation', 'test'] as const) {
    const pair = pairs[name];
    if (!pair) continue;
    const other = readPair(pair);
    checkAlike(other.examples, train.examples, pair.examples.file);
    checkWidths(other.part, train.part);
    parts[name] = other.part;
  }
  const { kind, exampleShape } = train.examples;
  const columns = kind === 'table' ? Array.from({ length: exampleShape[0]! }, (_, i) => `column_${i}`) : [];
  if (target === 'classes') return { kind, exampleShape, columns, classNames: numberedClasses(parts, classNames), parts, skippedFiles };
  if (kind !== 'image') throw unusable(pairs.train.examples.file, { received: `a ${kind} with ${target}`, expected: 'images', remedy: 'Leave the option target unset.' });
  const names = targetNames(target, widthOf(train.part), classNames, pairs.train.labels.file);
  return { kind, exampleShape, columns, classNames: [], parts, skippedFiles, target: { kind: target, names } };
}

interface ReadPair {
  examples: Examples;
  part: SourcePart;
}

function readClasses(pair: ArrayPair): ReadPair {
  const examples = toExamples(pair.examples.array, pair.examples.file);
  const labels = toLabels(pair.labels.array, pair.labels.file);
  checkCount(labels.length, examples.count, pair);
  return { examples, part: { file: pair.labels.file, count: examples.count, examples: examples.data, labels } };
}

function readTargets(pair: ArrayPair, target: 'labels' | 'numbers'): ReadPair {
  const examples = toExamples(pair.examples.array, pair.examples.file);
  const { width, data } = toTargets(pair.labels.array, pair.labels.file, target);
  checkCount(data.length / width, examples.count, pair);
  return { examples, part: { file: pair.labels.file, count: examples.count, examples: examples.data, labels: new Int32Array(examples.count), targets: data } };
}

function checkCount(labels: number, examples: number, pair: ArrayPair): void {
  if (labels === examples) return;
  throw unusable(pair.labels.file, {
    received: `${labels} labels`,
    expected: `${examples}, one for each example in ${pair.examples.file}`,
    remedy: 'Send examples and labels that belong together.',
  });
}

const widthOf = ({ targets, count }: SourcePart): number => (targets ? targets.length / count : 0);

function checkWidths(other: SourcePart, train: SourcePart): void {
  if (widthOf(other) === widthOf(train)) return;
  throw unusable(other.file, { received: `${widthOf(other)} targets an example`, expected: `${widthOf(train)}, as in the training part`, remedy: 'Prepare all parts in the same way.' });
}

function checkAlike(other: Examples, train: Examples, file: string): void {
  if (isDeepStrictEqual(other.exampleShape, train.exampleShape) && other.data.constructor === train.data.constructor) return;
  const text = ({ exampleShape, data }: Examples) => `${data instanceof Uint8Array ? 'uint8' : 'float32'} examples of shape ${shapeText(exampleShape)}`;
  throw unusable(file, {
    received: text(other),
    expected: `${text(train)}, as in the training part`,
    remedy: 'Prepare all parts in the same way.',
  });
}
