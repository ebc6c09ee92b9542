import { baseOf } from './base';
import { rowsNeeded, type Base, type ForecastPlan, type Scales } from './plan';
import { rowsOf, type Series } from './series';

/** Share of the last quarter's values that may lie beyond all earlier ones of a series that stays within its range. */
const MOST_BEYOND = 0.02;

type Unfitted = Pick<ForecastPlan, 'columns' | 'targets' | 'horizon' | 'window' | 'season'> & { base: Base | undefined };

/** Learns from the training rows what the plan needs, the base included unless it is given. @param train Logarithms taken, as the plan says. */
export function fit(train: Series, plan: Unfitted): { base: Base; scales: Scales } {
  const columns = plan.columns.map((_, column) => columnOf(train, column));
  const moments = columns.map(momentsOf);
  const mean = moments.map((each) => each.mean);
  const candidates: readonly Base[] = plan.base ? [plan.base] : plan.season > 1 ? ['none', 'first', 'seasonal', 'seasonalFirst'] : ['none', 'first'];
  const errors = candidates.map((base) => errorsOf(train, base, plan, mean));
  // Of several targets, their errors count relative to their spread.
  const total = errors.map((each) => each.reduce((sum, error, target) => sum + error / moments[target]!.deviation, 0));
  const best = total.indexOf(Math.min(...total));
  return {
    base: candidates[best]!,
    scales: {
      mean,
      deviation: moments.map((each) => each.deviation),
      level: columns.map(staysInRange),
      spread: columns.map((values) => spreadOf(values, plan.window)),
      seasonal: columns.map((values) => seasonalOf(values, plan.season, candidates[best]!)),
      residual: errors[best]!.map((error) => error || 1),
    },
  };
}

const columnOf = ({ values, columns }: Series, column: number): Float64Array => values.filter((_, i) => i % columns === column);

function momentsOf(values: Float64Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

function staysInRange(values: Float64Array): boolean {
  const cut = Math.floor((values.length * 3) / 4);
  const [earlier, later] = [values.subarray(0, cut), values.subarray(cut)];
  const [low, high] = [earlier.reduce((a, b) => Math.min(a, b), Infinity), earlier.reduce((a, b) => Math.max(a, b), -Infinity)];
  return later.filter((value) => value < low || value > high).length <= MOST_BEYOND * later.length;
}

/** Root mean square of the differences between rows less than a window apart. */
function spreadOf(values: Float64Array, window: number): number {
  let [sum, count] = [0, 0];
  for (let row = window - 1; row < values.length; row++) {
    for (let back = 1; back < window; back++, count++) sum += (values[row]! - values[row - back]!) ** 2;
  }
  return Math.sqrt(sum / Math.max(1, count)) || 1;
}

/** Root mean square of the differences over a season; for `seasonalFirst`, of their change within a season. */
function seasonalOf(values: Float64Array, season: number, base: Base): number {
  let [sum, count] = [0, 0];
  const difference = (row: number): number => values[row]! - values[row - season]!;
  const back = base === 'seasonalFirst' ? season : 0;
  for (let row = season + back; row < values.length; row++, count++) sum += (difference(row) - (back > 0 ? difference(row - back) : 0)) ** 2;
  return Math.sqrt(sum / Math.max(1, count)) || 1;
}

/** Mean absolute error of a base over the horizon, by target. */
function errorsOf(train: Series, base: Base, plan: Unfitted, mean: readonly number[]): number[] {
  const { season, horizon, targets } = plan;
  const sums = new Array<number>(targets).fill(0);
  let count = 0;
  for (let at = rowsNeeded(plan) - 1; at + horizon < rowsOf(train); at++) {
    for (let step = 1; step <= horizon; step++, count++) {
      for (let target = 0; target < targets; target++) {
        sums[target]! += Math.abs(train.values[(at + step) * train.columns + target]! - baseOf(train, at, step, target, { base, season, mean }));
      }
    }
  }
  return sums.map((sum) => sum / Math.max(1, count));
}
