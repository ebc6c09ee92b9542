import { isFloat, shapeText, type RawArray } from '../arrays/raw-array';
import { unusable } from '../problems';
import type { PartName } from '../types';

/** More classes than any classifier here is made for; a label beyond is a mistake in the file. */
const MAX_CLASSES = 65_536;

/**
 * Makes int32 labels of an array of whole numbers, [n] or [n, 1].
 * @throws QuartetError UNUSABLE_DATASET: another shape, fractions, negative or huge labels.
 */
export function toLabels({ type, shape, data }: RawArray, file: string): Int32Array {
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    throw unusable(file, {
      received: `labels of shape ${shapeText(shape)}`,
      expected: 'one whole number an example, [n]',
      remedy: 'If the labels are one-hot, save y.argmax(1).',
    });
  }
  const labels = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const label = Number(data[i]);
    if (!Number.isInteger(label) || label < 0 || label >= MAX_CLASSES) {
      throw unusable(file, {
        received: `label ${data[i]} of example ${i}`,
        expected: `whole numbers from 0 to ${MAX_CLASSES - 1}`,
        remedy: isFloat(type) ? 'Save class numbers as integers; fractions are no classes.' : 'Renumber the classes from 0.',
      });
    }
    labels[i] = label;
  }
  return labels;
}

/** Examples by class. */
export function countClasses(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

interface Labelled {
  file: string;
  labels: Int32Array;
}

/**
 * The names of the classes 0..k-1 of data whose labels are numbers.
 * @param names Given names, in which case there are as many classes; else the numbers as text.
 * @throws QuartetError UNUSABLE_DATASET: a class without a training example, a label beyond the training part's.
 */
export function numberedClasses(parts: Partial<Record<PartName, Labelled>> & { train: Labelled }, names?: readonly string[]): string[] {
  const { train } = parts;
  const classes = names?.length ?? largest(train.labels) + 1;
  const expected = names ? `labels 0 to ${classes - 1}, one for each class name` : `labels 0 to ${classes - 1}, as in the training part`;
  for (const part of Object.values(parts)) {
    const at = part.labels.findIndex((label) => label >= classes);
    if (at >= 0) {
      throw unusable(part.file, {
        received: `label ${part.labels[at]} of example ${at}`,
        expected,
        remedy: 'Correct the label, or give the training part examples of that class.',
      });
    }
  }
  const missing = countClasses(train.labels, classes).indexOf(0);
  if (missing >= 0) {
    throw unusable(train.file, {
      received: `no training example with label ${missing}, and label ${classes - 1} is out of range without it`,
      expected: 'labels 0 to k-1 with an example of each',
      remedy: 'Renumber the classes without gaps, e.g. numpy.unique(y, return_inverse=True)[1].',
    });
  }
  return names ? [...names] : Array.from({ length: classes }, (_, label) => String(label));
}

const largest = (labels: Int32Array): number => labels.reduce((most, label) => Math.max(most, label), -1);
