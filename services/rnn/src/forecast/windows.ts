import type { BatchSource, EvaluationSource, ExampleBatch } from '@quartet/core';
import { epochOrder } from '@quartet/data';
import { baseOf } from './base';
import { inputsOf, type Situation } from './features';
import { stepsOf, type ForecastPlan } from './plan';
import { rowsOf, type Series } from './series';

/** A stored series, whole, with the time of each row. */
export interface TimedSeries extends Series {
  /** Milliseconds since 1970. */
  times: readonly number[];
}

/** The state of things at a row of a series whose future is known. */
export function situationAt(series: TimedSeries, at: number, plan: ForecastPlan): Situation {
  const first = plan.targets + plan.past;
  const known: number[] = [];
  for (let row = at + 1; row <= at + plan.horizon && row < rowsOf(series); row++) {
    for (let column = 0; column < plan.known; column++) known.push(series.values[row * series.columns + first + column]!);
  }
  return { series, at, time: series.times[at], known };
}

/** Inputs of some rows, with what the network should answer: the values after them less the base, in units of `residual`. */
export function examplesAt(series: TimedSeries, rows: ArrayLike<number>, plan: ForecastPlan): ExampleBatch {
  const { targets, scales } = plan;
  const steps = stepsOf(plan);
  const situations = Array.from(rows, (at) => situationAt(series, at, plan));
  const y = new Float32Array(situations.length * steps * targets);
  let to = 0;
  for (const { at } of situations) {
    for (let step = 1; step <= steps; step++) {
      for (let target = 0; target < targets; target++) {
        const base = baseOf(series, at, step, target, { ...plan, mean: scales.mean });
        y[to++] = (series.values[(at + step) * series.columns + target]! - base) / scales.residual[target]!;
      }
    }
  }
  const inputs = { ...inputsOf(situations, plan), y: { dtype: 'float32' as const, shape: [situations.length, steps, targets], data: y } };
  return { inputs, count: situations.length };
}

/** Training examples in an order that is another in each epoch; the last batch of an epoch is as large as the others. */
export function trainingWindows(series: TimedSeries, rows: Uint32Array, plan: ForecastPlan, batchSize: number, seed: bigint): BatchSource {
  const size = Math.min(batchSize, rows.length);
  const stepsPerEpoch = Math.ceil(rows.length / size);
  return {
    stepsPerEpoch,
    batch(epoch, step) {
      const order = epochOrder(rows, seed, epoch);
      // What the last batch lacks is taken from the epoch's start, so that all have one shape.
      return examplesAt(series, Uint32Array.from({ length: size }, (_, i) => order[(step * size + i) % rows.length]!), plan);
    },
  };
}

const EVALUATION_BATCH = 128;

export function evaluationWindows(series: TimedSeries, rows: Uint32Array, plan: ForecastPlan): EvaluationSource {
  return {
    *batches() {
      for (let at = 0; at < rows.length; at += EVALUATION_BATCH) yield examplesAt(series, rows.subarray(at, at + EVALUATION_BATCH), plan);
    },
  };
}
