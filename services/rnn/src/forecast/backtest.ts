import type { ForecastPlan } from './plan';
import { predict, type Infer } from './predict';
import { rowsOf } from './series';
import { situationAt, type TimedSeries } from './windows';

/** Forecasts at once. */
const BATCH = 128;

/** Of a target, in its own units. */
export interface TargetScore {
  mae: number;
  rmse: number;
  /** Of the last value, and of the value a season before. */
  naiveMae: number;
  seasonalNaiveMae: number;
  /** Mean absolute error of the one-step (seasonal) naive forecast on the training part, whichever is less. */
  scale: number;
  coverage: number;
  directionAccuracy: number;
  risingShare: number;
  /** Mean absolute error by step. */
  maeByStep: number[];
  naiveMaeByStep: number[];
}

export interface Backtest {
  origins: number;
  byTarget: TargetScore[];
}

export interface BacktestOptions {
  /** In the units of the data. */
  series: TimedSeries;
  /** The same with logarithms taken, where the plan takes such. */
  scaled: TimedSeries;
  /** Rows from which a forecast is made: the values after them are measured. */
  origins: Uint32Array;
  /** The first rows are the training part. */
  trainRows: number;
  plan: ForecastPlan;
  infer: Infer;
}

/**
 * Forecasts from each origin on, as one would have at that time: the model stays as it was trained, the history grows (rolling
 * origin, Tashman, 2000). Compared with the naive forecasts on the very same steps.
 */
export async function backtest({ series, scaled, origins, trainRows, plan, infer }: BacktestOptions): Promise<Backtest> {
  const scores = Array.from({ length: plan.targets }, (_, target) => new Score(series, target, plan));
  for (let from = 0; from < origins.length; from += BATCH) {
    const some = origins.subarray(from, from + BATCH);
    const forecasts = await predict(Array.from(some, (at) => situationAt(scaled, at, plan)), plan, plan.horizon, infer);
    some.forEach((at, index) => scores.forEach((score) => score.add(at, forecasts[index]!)));
  }
  return { origins: origins.length, byTarget: scores.map((score) => score.result(trainRows)) };
}

class Score {
  private count = 0;
  private squares = 0;
  private seasonal = 0;
  private inside = 0;
  private right = 0;
  private rising = 0;
  private moved = 0;
  private readonly errors: number[];
  private readonly naive: number[];

  constructor(
    private readonly series: TimedSeries,
    private readonly target: number,
    private readonly plan: ForecastPlan,
  ) {
    this.errors = new Array<number>(plan.horizon).fill(0);
    this.naive = new Array<number>(plan.horizon).fill(0);
  }

  /** @param forecast [horizon, targets, quantiles] */
  add(at: number, forecast: Float64Array): void {
    const { horizon, targets, quantiles, season } = this.plan;
    const last = this.value(at);
    for (let step = 1; step <= horizon; step++) {
      const from = ((step - 1) * targets + this.target) * quantiles.length;
      const median = forecast[from + quantiles.indexOf(0.5)]!;
      const truth = this.value(at + step);
      this.count++;
      this.errors[step - 1]! += Math.abs(truth - median);
      this.squares += (truth - median) ** 2;
      this.naive[step - 1]! += Math.abs(truth - last);
      this.seasonal += Math.abs(truth - this.value(at + step - Math.ceil(step / season) * season));
      if (truth >= forecast[from]! && truth <= forecast[from + quantiles.length - 1]!) this.inside++;
      // Where nothing moves there is no direction.
      if (truth === last) continue;
      this.moved++;
      if (truth > last) this.rising++;
      if (truth > last === median > last) this.right++;
    }
  }

  result(trainRows: number): TargetScore {
    const { count, moved } = this;
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const byStep = (values: readonly number[]): number[] => values.map((value) => (value * values.length) / count);
    return {
      mae: sum(this.errors) / count,
      rmse: Math.sqrt(this.squares / count),
      naiveMae: sum(this.naive) / count,
      seasonalNaiveMae: this.seasonal / count,
      scale: Math.min(this.lagError(1, trainRows), this.lagError(this.plan.season, trainRows)),
      coverage: this.inside / count,
      directionAccuracy: moved > 0 ? this.right / moved : 0,
      risingShare: moved > 0 ? this.rising / moved : 0,
      maeByStep: byStep(this.errors),
      naiveMaeByStep: byStep(this.naive),
    };
  }

  /** Mean absolute difference between training rows that are `lag` apart. */
  private lagError(lag: number, trainRows: number): number {
    const rows = Math.min(trainRows, rowsOf(this.series));
    let sum = 0;
    for (let row = lag; row < rows; row++) sum += Math.abs(this.value(row) - this.value(row - lag));
    return sum / Math.max(1, rows - lag);
  }

  private value(row: number): number {
    return this.series.values[row * this.series.columns + this.target]!;
  }
}

/** The metrics of a version. Errors relative to others are means over the targets; `mae` and its like are of the first target. */
export function metricsOf({ byTarget, origins }: Backtest, { quantiles }: ForecastPlan): Record<string, number> {
  const mean = (of: (score: TargetScore) => number): number => byTarget.reduce((sum, score) => sum + of(score), 0) / byTarget.length;
  const [first] = byTarget as [TargetScore];
  return {
    'backtest/origins': origins,
    'backtest/mae': first.mae,
    'backtest/rmse': first.rmse,
    'backtest/naiveMae': first.naiveMae,
    'backtest/seasonalNaiveMae': first.seasonalNaiveMae,
    'backtest/relativeError': mean(({ mae, naiveMae, seasonalNaiveMae }) => ratio(mae, Math.min(naiveMae, seasonalNaiveMae))),
    'backtest/relativeNaive': mean(({ mae, naiveMae }) => ratio(mae, naiveMae)),
    'backtest/relativeSeasonalNaive': mean(({ mae, seasonalNaiveMae }) => ratio(mae, seasonalNaiveMae)),
    'backtest/mase': mean(({ mae, scale }) => ratio(mae, scale)),
    'backtest/coverage': mean(({ coverage }) => coverage),
    'backtest/nominalCoverage': quantiles.at(-1)! - quantiles[0]!,
    'backtest/directionAccuracy': mean(({ directionAccuracy }) => directionAccuracy),
    'backtest/risingShare': mean(({ risingShare }) => risingShare),
  };
}

/** By something that may be 0: a forecast without error is as good as another. */
const ratio = (error: number, by: number): number => (by > 0 ? error / by : error > 0 ? Number.MAX_VALUE : 1);
