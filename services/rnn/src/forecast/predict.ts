import type { HostTensor } from '@quartet/core';
import { timeAfter } from '@quartet/data';
import { baseOf } from './base';
import { inputsOf, type Situation } from './features';
import { rowsNeeded, stepsOf, type ForecastPlan } from './plan';
import type { Series } from './series';

/** Runs the network: inputs as `inputsOf` makes them -> [batch, steps, targets * quantiles]. */
export type Infer = (inputs: Record<string, HostTensor>) => HostTensor | Promise<HostTensor>;

/**
 * Forecasts in the units of the data.
 * @param situations Logarithms taken, as the plan says.
 * @param horizon A direct plan's, or less; a recursive plan takes any.
 * @returns for each situation [horizon, targets, quantiles]; quantiles ascend
 */
export async function predict(situations: readonly Situation[], plan: ForecastPlan, horizon: number, infer: Infer): Promise<Float64Array[]> {
  const raw = plan.strategy === 'recursive' ? await recursively(situations, plan, horizon, infer) : await directly(situations, plan, horizon, infer);
  return raw.map((values) => finish(values, plan));
}

/** The network's answers with the base added, not yet calibrated: [horizon, targets, quantiles]. */
async function directly(situations: readonly Situation[], plan: ForecastPlan, horizon: number, infer: Infer): Promise<Float64Array[]> {
  const { targets, quantiles, scales } = plan;
  const { data } = await infer(inputsOf(situations, plan));
  const row = targets * quantiles.length;
  const size = stepsOf(plan) * row;
  return situations.map(({ series, at }, index) => {
    const values = new Float64Array(horizon * row);
    for (let i = 0; i < values.length; i++) {
      const [step, target] = [Math.floor(i / row) + 1, Math.floor((i % row) / quantiles.length)];
      values[i] = baseOf(series, at, step, target, { ...plan, mean: scales.mean }) + data[index * size + i]! * scales.residual[target]!;
    }
    return values;
  });
}

/** One step at a time; each step's median is taken for history. */
async function recursively(situations: readonly Situation[], plan: ForecastPlan, horizon: number, infer: Infer): Promise<Float64Array[]> {
  const { targets, known, quantiles } = plan;
  const row = targets * quantiles.length;
  const median = quantiles.indexOf(0.5);
  const results = situations.map(() => new Float64Array(horizon * row));
  const rows = rowsNeeded(plan);
  let now = situations.map((situation) => ({ ...situation, series: lastRows(situation.series, situation.at, rows), at: rows - 1 }));
  for (let step = 0; step < horizon; step++) {
    const answers = await directly(now, plan, 1, infer);
    answers.forEach((answer, index) => results[index]!.set(answer, step * row));
    now = now.map((situation, index) => {
      const medians = Array.from({ length: targets }, (_, target) => answers[index]![target * quantiles.length + median]!);
      const next = [...medians, ...Array.from(situation.known).slice(0, known)];
      const values = new Float64Array(situation.series.values.length);
      values.set(situation.series.values.subarray(next.length));
      values.set(next, values.length - next.length);
      return {
        series: { ...situation.series, values },
        at: situation.at,
        time: situation.time === undefined ? undefined : timeAfter(situation.time, 1, plan.rhythm),
        known: Array.from(situation.known).slice(known),
      };
    });
  }
  return results;
}

/** So many rows up to `at`. */
function lastRows(series: Series, at: number, rows: number): Series {
  return { ...series, values: series.values.subarray((at + 1 - rows) * series.columns, (at + 1) * series.columns) };
}

/** Calibrates, puts the quantiles in order (Chernozhukov et al., 2010) and undoes the logarithm. */
function finish(values: Float64Array, { calibration, scales, quantiles, targets, horizon, log }: ForecastPlan): Float64Array {
  const row = targets * quantiles.length;
  for (let i = 0; i < values.length; i++) {
    // A recursive forecast beyond the horizon is as unsure as at its end, at least.
    const at = Math.min(Math.floor(i / row), horizon - 1) * row + (i % row);
    values[i]! += (calibration[at] ?? 0) * scales.residual[Math.floor((i % row) / quantiles.length)]!;
  }
  for (let from = 0; from < values.length; from += quantiles.length) values.subarray(from, from + quantiles.length).sort();
  return log ? values.map(Math.exp) : values;
}
