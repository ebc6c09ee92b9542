import { Part, type Dataset, type Version } from '@quartet/contracts';
import { tensorToFloat32, tensorToTypedArray, type QuartetClient } from '@quartet/client';
import { AdviceError } from '../output';

/** What a forecaster takes, as its version's manifest tells. */
export interface ForecasterShape {
  /** Targets first, then the columns of the past, then the known ones. */
  columns: string[];
  targets: number;
  known: number;
  horizon: number;
  /** Rows of history that it needs. */
  rows: number;
}

/** @throws AdviceError unless the version forecasts. */
export function forecasterShape(version: Version): ForecasterShape {
  const { spec } = JSON.parse(version.manifestJson) as { spec: { task?: string; columns: string[]; targets: number; known: number; horizon: number; window: number; season: number } };
  if (spec.task !== 'forecast') throw new AdviceError(`${version.model} version ${version.version} does not forecast`, 'train one with `quartet train rnn --data` and a series');
  const { columns, targets, known, horizon, window, season } = spec;
  return { columns, targets, known, horizon, rows: window + Math.max(1, season) };
}

/** Rows of a stored series, in order of time. */
export interface SeriesRows {
  columns: string[];
  /** Milliseconds since 1970, of each row. */
  times: number[];
  /** [rows][columns] */
  values: number[][];
}

const PAGE = 5000;

/** The last rows of a series, from whichever parts they are in. @param skip Rows at the very end to leave out. */
export async function lastRows(client: QuartetClient, { name, schema, parts }: Dataset, count: number, skip = 0, signal?: AbortSignal): Promise<SeriesRows> {
  if (!schema?.time) throw new AdviceError(`${name} is no series`, '`quartet data list` shows the kinds of the data sets');
  const { columns, time } = schema;
  const rows: SeriesRows = { columns, times: [], values: [] };
  const total = parts.reduce((sum, part) => sum + Number(part.count), 0);
  let start = 0;
  for (const part of [Part.PART_TRAIN, Part.PART_VALIDATION, Part.PART_TEST]) {
    const size = Number(parts.find((each) => each.part === part)?.count ?? 0n);
    const [from, to] = [Math.max(start, total - skip - count) - start, Math.min(start + size, total - skip) - start];
    start += size;
    for (let offset = from; offset < to; offset += PAGE) {
      const { examples, labels } = await client.datasets.readExamples({ name, part, offset, count: Math.min(PAGE, to - offset) }, { signal });
      const numbers = tensorToFloat32(examples!);
      (tensorToTypedArray(labels!) as Int32Array).forEach((label, row) => {
        rows.times.push(Number(time.originMs) + label * Number(time.unitMs));
        rows.values.push([...numbers.subarray(row * columns.length, (row + 1) * columns.length)]);
      });
    }
  }
  return rows;
}

/** The values of some columns, [rows, columns], as a tensor's content. */
export function valuesOf({ columns, values }: SeriesRows, names: readonly string[]): Float32Array {
  const indices = names.map((name) => columns.indexOf(name));
  const missing = names.find((_, at) => indices[at]! < 0);
  if (missing !== undefined) throw new AdviceError(`the data has no column ${missing}`, `the model takes ${names.join(', ')}`);
  return Float32Array.from(values.flatMap((row) => indices.map((index) => row[index]!)));
}
