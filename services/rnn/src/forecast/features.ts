import { timeAfter } from '@quartet/data';
import type { HostTensor } from '@quartet/core';
import { calendarOf, calendarSize } from './calendar';
import { rowsNeeded, stepsOf, type ForecastPlan } from './plan';
import type { Series } from './series';

/** Input beyond this many deviations says no more than that it is far. */
const LIMIT = 10;
/** Steps of the targets' past that reach the forecast linearly as well. */
const LINEAR_STEPS = 16;

/** Sizes of a network's input and output. */
export interface Sizes {
  window: number;
  features: number;
  /** Features of a row that concern the targets; they come first. */
  targetFeatures: number;
  /** Last rows of the window whose target features go into the linear part. */
  linearSteps: number;
  steps: number;
  /** Features of each step to forecast. */
  ahead: number;
  targets: number;
  quantiles: number;
}

export function sizesOf(plan: ForecastPlan): Sizes {
  const { window, targets, past, known, season, scales } = plan;
  const levels = scales.level.slice(0, targets).filter(Boolean).length;
  const targetFeatures = targets * (season > 1 ? 2 : 1) + levels;
  return {
    window,
    features: targetFeatures + past + known,
    targetFeatures,
    linearSteps: Math.min(window, LINEAR_STEPS),
    steps: stepsOf(plan),
    ahead: (plan.calendar ? calendarSize(plan.rhythm) : 0) + known,
    targets,
    quantiles: plan.quantiles.length,
  };
}

const clip = (value: number): number => Math.max(-LIMIT, Math.min(LIMIT, value));

/**
 * What the network sees of a history up to row `at`.
 * @param x receives [window, features] from `offset` on
 */
export function fillWindow({ values, columns }: Series, at: number, plan: ForecastPlan, x: Float32Array, offset: number): void {
  const { window, season, targets, scales, base } = plan;
  const value = (row: number, column: number): number => values[row * columns + column]!;
  let to = offset;
  const write = (number: number): void => void (x[to++] = clip(number));
  for (let row = at - window + 1; row <= at; row++) {
    for (let column = 0; column < targets; column++) {
      write((value(row, column) - value(at, column)) / scales.spread[column]!);
      if (season > 1) {
        const difference = value(row, column) - value(row - season, column);
        // What the base has of it already is left out: where the series goes from there is what is to be learned.
        const taken = base === 'seasonalFirst' ? value(at, column) - value(at - season, column) : 0;
        write((difference - taken) / scales.seasonal[column]!);
      }
      if (scales.level[column]) write((value(row, column) - scales.mean[column]!) / scales.deviation[column]!);
    }
    for (let column = targets; column < columns; column++) {
      const whole = scales.level[column];
      write(whole ? (value(row, column) - scales.mean[column]!) / scales.deviation[column]! : (value(row, column) - value(at, column)) / scales.spread[column]!);
    }
  }
}

/**
 * What is known of the steps to come.
 * @param known [steps, known columns], or more steps
 * @param future receives [steps, ahead] from `offset` on
 */
export function fillAhead(plan: ForecastPlan, time: number | undefined, known: ArrayLike<number>, future: Float32Array, offset: number): void {
  const { scales, calendar, rhythm } = plan;
  const first = plan.targets + plan.past;
  let to = offset;
  for (let step = 0; step < stepsOf(plan); step++) {
    if (calendar) for (const number of calendarOf(timeAfter(time ?? 0, step + 1, rhythm), rhythm)) future[to++] = number;
    for (let column = 0; column < plan.known; column++) {
      future[to++] = clip((known[step * plan.known + column]! - scales.mean[first + column]!) / scales.deviation[first + column]!);
    }
  }
}

/** A history, with what is known of the steps after it. */
export interface Situation {
  /** Logarithms taken, as the plan says. */
  series: Series;
  /** The last row that is known; at least `rowsNeeded` rows end there. */
  at: number;
  /** Its time. */
  time: number | undefined;
  known: ArrayLike<number>;
}

/** The network's input for some situations: `window` [batch, window, features], and `ahead` [batch, steps, ahead] if it has such. */
export function inputsOf(situations: readonly Situation[], plan: ForecastPlan): Record<string, HostTensor> {
  const { window, features, steps, ahead } = sizesOf(plan);
  const batch = situations.length;
  const x = new Float32Array(batch * window * features);
  const future = new Float32Array(batch * steps * ahead);
  situations.forEach(({ series, at, time, known }, i) => {
    if (at + 1 < rowsNeeded(plan)) throw new RangeError(`row ${at} has fewer than ${rowsNeeded(plan)} rows up to it`);
    fillWindow(series, at, plan, x, i * window * features);
    fillAhead(plan, time, known, future, i * steps * ahead);
  });
  const inputs: Record<string, HostTensor> = { window: { dtype: 'float32', shape: [batch, window, features], data: x } };
  if (ahead > 0) inputs['ahead'] = { dtype: 'float32', shape: [batch, steps, ahead], data: future };
  return inputs;
}
