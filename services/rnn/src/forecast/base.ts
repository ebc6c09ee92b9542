import type { Base } from './plan';
import { type Series } from './series';

export interface BaseOptions {
  base: Base;
  season: number;
  mean: readonly number[];
}

/**
 * What the simple forecast says of a target `step` rows after row `at`, step from 1.
 * @param series Scaled as the plan says (logarithms), with a season of rows up to `at`.
 */
export function baseOf({ values, columns }: Series, at: number, step: number, target: number, { base, season, mean }: BaseOptions): number {
  const value = (row: number): number => values[row * columns + target]!;
  if (base === 'none') return mean[target]!;
  if (base === 'first' || season <= 1) return value(at);
  const seasons = Math.ceil(step / season);
  const before = value(at + step - seasons * season);
  return base === 'seasonal' ? before : before + seasons * (value(at) - value(at - season));
}
