import { shapeText, type RawArray } from '../arrays/raw-array';
import { unusable } from '../problems';
import type { TargetSchema } from '../types';

/** More than this is a mistake in the file, such as one-hot pixels. */
const MOST = 65_536;

/** Labels or numbers of examples: [count, width]. */
export interface Targets {
  width: number;
  data: Float32Array;
}

/**
 * Makes targets of an array: labels are [n, labels] of 0 and 1, numbers [n] or [n, numbers].
 * @throws QuartetError UNUSABLE_DATASET: another shape, a label that is neither, a number that isn't finite.
 */
export function toTargets({ shape, data }: RawArray, file: string, kind: TargetSchema['kind']): Targets {
  const fits = shape.length === 2 || (shape.length === 1 && kind === 'numbers');
  const width = shape[1] ?? 1;
  if (!fits || width < 1 || width > MOST) {
    throw unusable(file, {
      received: `${kind} of shape ${shapeText(shape)}`,
      expected: kind === 'labels' ? '[n, labels], 1 where an example has the label, else 0' : '[n] or [n, numbers]',
      remedy: kind === 'labels' ? 'Save a row of 0 and 1 an example; if each has exactly one, leave target unset and save class numbers.' : 'Save a row of numbers an example.',
    });
  }
  const values = Float32Array.from(data as ArrayLike<number>, Number);
  checkTargets(values, width, kind, (row) => `${file}, example ${row}`);
  return { width, data: values };
}

/** @throws QuartetError UNUSABLE_DATASET for a label that is neither 0 nor 1, or a number that isn't finite. */
export function checkTargets(values: Float32Array, width: number, kind: TargetSchema['kind'], where: (row: number) => string): void {
  const bad = values.findIndex((value) => (kind === 'labels' ? value !== 0 && value !== 1 : !Number.isFinite(value)));
  if (bad < 0) return;
  const expected = kind === 'labels' ? '1 where it has the label, else 0' : 'finite float32 numbers';
  throw unusable(where(Math.floor(bad / width)), { received: `${kind === 'labels' ? 'label' : 'number'} ${values[bad]}`, expected, remedy: 'Correct or remove it.' });
}

/** Names where the file brings none: `0`, `1`, ... of labels, `value_0`, ... of numbers. */
export function targetNames(kind: TargetSchema['kind'], width: number, given: readonly string[] | undefined, file: string): string[] {
  if (kind === 'numbers' || given === undefined) return Array.from({ length: width }, (_, index) => (kind === 'labels' ? `${index}` : `value_${index}`));
  if (given.length === width) return [...given];
  throw unusable(file, { received: `${width} labels`, expected: `${given.length}, one for each name`, remedy: 'Name each label.' });
}
