import type { Rhythm } from '@quartet/data';
import type { NetworkPlan } from '../network/recurrent';

/** The simple forecast from which a network says the difference. */
export type Base = 'none' | 'first' | 'seasonal' | 'seasonalFirst';

/**
 * All that a forecaster is made of but its weights: from it the network is built and a history becomes the network's input. It is
 * the `spec` of the artefact's manifest.
 */
export interface ForecastPlan {
  task: 'forecast';
  /** Targets, then columns whose past alone is known, then those that are known ahead. */
  columns: string[];
  targets: number;
  past: number;
  known: number;
  rhythm: Rhythm;
  horizon: number;
  /** Rows that the network sees. */
  window: number;
  /** Rows in a season; 1: none. */
  season: number;
  strategy: 'direct' | 'recursive';
  calendar: boolean;
  quantiles: number[];
  network: NetworkPlan;
  ensemble: number;
  /** Targets are taken for their logarithms. */
  log: boolean;
  base: Base;
  scales: Scales;
  /**
   * By how much each quantile is moved, as learned on the validation part: [horizon][target][quantile], in units of `residual`. Empty:
   * not at all.
   */
  calibration: number[];
}

/** Learned from the training part; by column unless said otherwise. */
export interface Scales {
  mean: number[];
  deviation: number[];
  /** Whether later training rows stay among the values of earlier ones. If not, the network sees no level, only changes. */
  level: boolean[];
  /** Deviation of a window's rows from its last. */
  spread: number[];
  /** Of the differences over a season. */
  seasonal: number[];
  /** By target: mean absolute difference between the values and the base's forecasts of them, over the horizon. */
  residual: number[];
}

/** Steps that the network itself answers. */
export const stepsOf = ({ strategy, horizon }: Pick<ForecastPlan, 'strategy' | 'horizon'>): number => (strategy === 'recursive' ? 1 : horizon);

/** Rows of history that a forecast needs. */
export const rowsNeeded = ({ window, season }: Pick<ForecastPlan, 'window' | 'season'>): number => window + (season > 1 ? season : 1);
