import { isDeepStrictEqual } from 'node:util';
import { shapeText, type RawArray } from '../arrays/raw-array';
import { unusable } from '../problems';
import type { PartName } from '../types';
import { toExamples, type Examples } from './examples';
import { numberedClasses, toLabels } from './labels';
import type { Source, SourcePart } from './source';

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
): Source {
  const train = readPair(pairs.train);
  const parts: Source['parts'] = { train: train.part };
  for (const name of ['validation', 'test'] as const) {
    const pair = pairs[name];
    if (!pair) continue;
    const other = readPair(pair);
    checkAlike(other.examples, train.examples, pair.examples.file);
    parts[name] = other.part;
  }
  const { kind, exampleShape } = train.examples;
  const columns = kind === 'table' ? Array.from({ length: exampleShape[0]! }, (_, i) => `column_${i}`) : [];
  return { kind, exampleShape, columns, classNames: numberedClasses(parts, classNames), parts, skippedFiles };
}

function readPair(pair: ArrayPair): { examples: Examples; part: SourcePart } {
  const examples = toExamples(pair.examples.array, pair.examples.file);
  const labels = toLabels(pair.labels.array, pair.labels.file);
  if (labels.length !== examples.count) {
    throw unusable(pair.labels.file, {
      received: `${labels.length} labels`,
      expected: `${examples.count}, one for each example in ${pair.examples.file}`,
      remedy: 'Send examples and labels that belong together.',
    });
  }
  return { examples, part: { file: pair.labels.file, count: examples.count, examples: examples.data, labels } };
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
