import { predict, type Infer } from './predict';
import type { ForecastPlan } from './plan';
import { situationAt, type TimedSeries } from './windows';

/** Fewer forecasts than this say nothing of a quantile. */
const LEAST = 20;

/**
 * Moves each quantile so that, on forecasts that were not trained on, as many values lie below it as it says: split conformal
 * prediction for quantile regression (Romano et al., 2019), by step, target and quantile. The median stays as it is, since a short
 * validation part's drift is no one else's.
 *
 * @param rows Of the validation part: from each a forecast is made.
 * @returns [horizon, targets, quantiles] in units of `residual`; empty if there are too few rows
 */
export async function calibrate(series: TimedSeries, rows: Uint32Array, plan: ForecastPlan, infer: Infer): Promise<number[]> {
  if (rows.length < LEAST) return [];
  const { targets, quantiles, horizon, scales } = plan;
  // Distances are taken in the network's own space: logarithms, where the plan takes such.
  const forecasts = await predict(Array.from(rows, (at) => situationAt(series, at, plan)), { ...plan, calibration: [], log: false }, horizon, infer);
  const row = targets * quantiles.length;
  return Array.from({ length: horizon * row }, (_, i) => {
    const [step, target, quantile] = [Math.floor(i / row) + 1, Math.floor((i % row) / quantiles.length), quantiles[i % quantiles.length]!];
    if (quantile === 0.5) return 0;
    const misses = forecasts.map((values, index) => (series.values[(rows[index]! + step) * series.columns + target]! - values[i]!) / scales.residual[target]!);
    return quantileOf(misses, quantile);
  });
}

/** The smallest value that at least the share `level` of (n + 1) values lies at or below; towards the outside where it is between two. */
function quantileOf(values: number[], level: number): number {
  const sorted = values.sort((a, b) => a - b);
  const rank = level > 0.5 ? Math.ceil(level * (sorted.length + 1)) : Math.floor(level * (sorted.length + 1));
  return sorted[Math.max(0, Math.min(sorted.length - 1, rank - 1))]!;
}
