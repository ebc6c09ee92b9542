import { QuartetError, type Dataset } from '@quartet/contracts';
import { axisFromProto, loadPart } from '@quartet/data';
import type { TrainingJob } from '@quartet/service-kit';
import { unusable } from '../training/refuse';
import type { TimedSeries } from './windows';

export interface LoadedSeries {
  /** All parts, one after the other, with the columns of the plan in its order. */
  series: TimedSeries;
  /** Rows of each part. */
  rows: { train: number; validation: number; test: number };
}

/** Puts the parts of a series together again. @param columns The names to keep, in their order. */
export async function loadSeries(dataset: Dataset, files: TrainingJob['files'], columns: readonly string[]): Promise<LoadedSeries> {
  const { schema } = dataset;
  if (!schema?.time) throw new QuartetError('INTERNAL', `data set '${dataset.name}' has no times`);
  const { originMs, unitMs } = axisFromProto(schema.time);
  const indices = columns.map((name) => schema.columns.indexOf(name));
  const values: number[] = [];
  const times: number[] = [];
  const rows = { train: 0, validation: 0, test: 0 };
  for (const part of ['train', 'validation', 'test'] as const) {
    const file = files[part];
    if (!file) continue;
    const { count, examples, labels } = await loadPart(file.examples, file.labels);
    rows[part] = count;
    for (let row = 0; row < count; row++) {
      for (const column of indices) values.push(examples[row * schema.columns.length + column]!);
      times.push(originMs + labels[row]! * unitMs);
    }
  }
  return { series: { values: Float64Array.from(values), columns: columns.length, end: times.at(-1), times }, rows };
}

/** @throws QuartetError UNUSABLE_DATASET for a target that never changes, or has no logarithm. */
export function checkTargets({ series, rows }: LoadedSeries, names: readonly string[], targets: number, log: boolean, dataset: string): void {
  for (let target = 0; target < targets; target++) {
    const values = series.values.filter((_, i) => i % series.columns === target);
    const train = values.subarray(0, rows.train);
    if (train.every((value) => value === train[0])) {
      throw unusable(dataset, `has "${names[target]}", which is ${train[0]} in every row of the training part; there is nothing to learn, and the naive forecast is exact. Choose another target`);
    }
    const bad = log ? values.findIndex((value) => value <= 0) : -1;
    if (bad >= 0) throw unusable(dataset, `has "${names[target]}" with ${values[bad]} in row ${bad}, of which there is no logarithm; set spec.scaling to SCALING_STANDARD`);
  }
}
