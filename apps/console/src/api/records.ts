import type { DatasetSchema, ReadExamplesResponse } from '../generated/quartet/dataset/v1/dataset_pb';
import { numbersOf } from './tensors';

export interface DataRecord {
  /** In the order of the columns. */
  fields: Uint8Array[];
  /** Empty: it has none. */
  className: string;
}

/** Records as data sets hold them: the fields are cut out of the bytes by their lengths, which stand behind each one's class. */
export function recordsOf({ columns, classNames }: DatasetSchema, { examples, labels }: ReadExamplesResponse): DataRecord[] {
  const bytes = examples?.data ?? new Uint8Array();
  const numbers = labels ? numbersOf(labels) : [];
  const width = 1 + columns.length;
  let at = 0;
  return Array.from({ length: Math.floor(numbers.length / width) }, (_, row) => ({
    className: classNames[numbers[row * width] ?? -1] ?? '',
    fields: columns.map((__, field) => bytes.subarray(at, (at += numbers[row * width + 1 + field] ?? 0))),
  }));
}
