import { CoreError } from '../errors';

/** Mean absolute error. */
export function meanAbsolute(predictions: ArrayLike<number>, actual: ArrayLike<number>): number {
  return meanOver(predictions, actual, (prediction, value) => Math.abs(prediction - value));
}

export function rootMeanSquare(predictions: ArrayLike<number>, actual: ArrayLike<number>): number {
  return Math.sqrt(meanOver(predictions, actual, (prediction, value) => (prediction - value) ** 2));
}

/**
 * Mean absolute error in units of what the (seasonal) naive forecast is off by in the training data (Hyndman and Koehler, 2006): below 1
 * the forecast is better.
 *
 * @param training The series before the forecast, longer than the season. @param season Steps: 1 compares with the last value.
 * @throws CoreError UNUSABLE_DATASET when the training data repeats itself exactly, and has no such unit.
 */
export function mase(predictions: ArrayLike<number>, actual: ArrayLike<number>, training: ArrayLike<number>, season = 1): number {
  if (!Number.isInteger(season) || season < 1) throw CoreError.invalid('season', `received ${season}, expected a whole number of at least 1`);
  if (training.length <= season) throw CoreError.invalid('training', `received ${training.length} values, expected more than the season of ${season}`);
  const values = Array.from(training);
  const unit = meanAbsolute(values.slice(0, -season), values.slice(season));
  if (unit === 0) throw new CoreError('UNUSABLE_DATASET', `received training data that equals itself ${season} steps before, expected a series that changes`);
  return meanAbsolute(predictions, actual) / unit;
}

/** Share of the values within their intervals, bounds included: 0.8 is right for an interval from the 10 % to the 90 % quantile. */
export function coverage(lower: ArrayLike<number>, upper: ArrayLike<number>, actual: ArrayLike<number>): number {
  sameLength(lower, upper);
  return meanOver(lower, actual, (bound, value, index) => (value >= bound && value <= (upper[index] as number) ? 1 : 0));
}

/** Share of the steps whose direction, up or not, the forecast has right. @param previous The value before each step. */
export function directionAccuracy(predictions: ArrayLike<number>, actual: ArrayLike<number>, previous: ArrayLike<number>): number {
  sameLength(previous, actual);
  return meanOver(predictions, actual, (prediction, value, index) => (prediction > (previous[index] as number) === value > (previous[index] as number) ? 1 : 0));
}

function meanOver(a: ArrayLike<number>, b: ArrayLike<number>, of: (a: number, b: number, index: number) => number): number {
  sameLength(a, b);
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += of(a[index] as number, b[index] as number, index);
  return sum / a.length;
}

function sameLength(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length === b.length && a.length > 0) return;
  throw new CoreError('SHAPE_MISMATCH', `received ${a.length} and ${b.length} values to compare, expected as many of each, and at least one`);
}
