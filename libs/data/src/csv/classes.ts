import { byCodeUnit } from '../paths';
import { listed, unusable } from '../problems';
import type { CsvTable } from './read-table';

/** Rows with their classes as text. */
type Labelled = Pick<CsvTable, 'file' | 'count' | 'labels'>;

const WHOLE = /^[+-]?\d+(\.0*)?$/;
const FRACTION = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const MAX_CLASSES = 65_536;
/** From here on, a class of its own for each row is taken for a mistake. */
const ENOUGH_TO_TELL = 10;

export interface Classes {
  /** By index: whole numbers in numeric order, else text in order of code units. */
  names: string[];
  /** Labels as indices. @throws QuartetError UNUSABLE_DATASET naming a label that the training part lacks. */
  index(table: Labelled): Int32Array;
}

/**
 * Makes classes of a label column's text; `3`, `3.0` and `+3` are one class.
 * @throws QuartetError UNUSABLE_DATASET: no row, fractions, as many classes as rows.
 */
export function classesOf(train: Labelled): Classes {
  if (train.count === 0) {
    throw unusable(train.file, { received: 'a header line but no row', expected: 'at least one row', remedy: 'Send data.' });
  }
  const whole = train.labels.every((label) => WHOLE.test(label));
  checkNoTarget(train, whole);
  const normal = (label: string): string => (whole && WHOLE.test(label) ? String(BigInt(label.replace(/^\+|\.0*$/g, ''))) : label);
  const names = [...new Set(train.labels.map(normal))].sort(whole ? (a, b) => (BigInt(a) < BigInt(b) ? -1 : 1) : byCodeUnit);
  if (names.length > MAX_CLASSES || (names.length === train.count && train.count >= ENOUGH_TO_TELL)) {
    throw unusable(train.file, {
      received: `${names.length} classes in ${train.count} rows (${listed(names, 3)})`,
      expected: 'several rows a class',
      remedy: 'Set label_column to the column with the class.',
    });
  }
  const indices = new Map(names.map((name, index) => [name, index]));
  return {
    names,
    index: (table) =>
      Int32Array.from(table.labels, (label, row) => {
        const index = indices.get(normal(label));
        if (index !== undefined) return index;
        throw unusable(table.file, {
          received: `label "${label}" in row ${row + 1}`,
          expected: `one of ${listed(names)}, as in ${train.file}`,
          remedy: 'Correct it, or add training rows of that class.',
        });
      }),
  };
}

/** Refuses a numeric target: this is about classes. */
function checkNoTarget(train: Labelled, whole: boolean): void {
  if (whole || !train.labels.every((label) => FRACTION.test(label))) return;
  throw unusable(train.file, {
    received: `labels with fractions, such as "${train.labels.find((label) => !WHOLE.test(label))}"`,
    expected: 'classes: whole numbers or names',
    remedy: 'Set label_column to the column with the class, or turn the numbers into classes.',
  });
}
