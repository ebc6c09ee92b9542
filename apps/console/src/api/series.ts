import { Part, type Dataset } from '../generated/quartet/dataset/v1/dataset_pb';
import { api } from './clients';
import { numbersOf } from './tensors';

/** Rows of a stored series, in order of time. */
export interface SeriesRows {
  columns: string[];
  /** Milliseconds since 1970. */
  times: number[];
  /** [rows][columns] */
  values: number[][];
}

const PAGE = 5000;

/** The last rows of a series, from whichever parts they are in. @param skip rows at the very end to leave out */
export async function lastRows({ name, schema, parts }: Dataset, count: number, skip: number, signal?: AbortSignal): Promise<SeriesRows> {
  const columns = schema?.columns ?? [];
  const rows: SeriesRows = { columns, times: [], values: [] };
  const total = parts.reduce((sum, part) => sum + Number(part.count), 0);
  let start = 0;
  for (const part of [Part.TRAIN, Part.VALIDATION, Part.TEST]) {
    const size = Number(parts.find((each) => each.part === part)?.count ?? 0n);
    const [from, to] = [Math.max(start, total - skip - count) - start, Math.min(start + size, total - skip) - start];
    start += size;
    for (let offset = from; offset < to; offset += PAGE) {
      const { examples, labels } = await api.datasets.readExamples({ name, part, offset: BigInt(offset), count: BigInt(Math.min(PAGE, to - offset)) }, { signal });
      const numbers = examples ? numbersOf(examples) : new Float32Array();
      const times = labels ? numbersOf(labels) : [];
      for (const [row, label] of [...times].entries()) {
        rows.times.push(Number(schema?.time?.originMs ?? 0n) + label * Number(schema?.time?.unitMs ?? 1n));
        rows.values.push([...numbers.subarray(row * columns.length, (row + 1) * columns.length)]);
      }
    }
  }
  return rows;
}

/** Some columns of rows, [rows, columns], row-major. */
export function valuesOf({ columns, values }: SeriesRows, names: readonly string[]): Float32Array {
  const indices = names.map((name) => columns.indexOf(name));
  return Float32Array.from(values.flatMap((row) => indices.map((index) => row[index] ?? NaN)));
}
