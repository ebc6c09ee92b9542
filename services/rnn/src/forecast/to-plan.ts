import { rnn, type TimeAxis } from '@quartet/contracts';
import { axisFromProto } from '@quartet/data';
import { toNetworkPlan } from '../network/resolve';
import type { Base, ForecastPlan } from './plan';

const BASES: Partial<Record<rnn.Differencing, Base>> = {
  [rnn.Differencing.DIFFERENCING_NONE]: 'none',
  [rnn.Differencing.DIFFERENCING_FIRST]: 'first',
  [rnn.Differencing.DIFFERENCING_SEASONAL]: 'seasonal',
  [rnn.Differencing.DIFFERENCING_SEASONAL_FIRST]: 'seasonalFirst',
};

/** A plan without what is learned from the data; `base` undefined: to be chosen. */
export type PlanOutline = Omit<ForecastPlan, 'base' | 'scales' | 'calibration'> & { base: Base | undefined };

/** @param spec Resolved. */
export function outlineOf(spec: rnn.ForecastSpec, time: TimeAxis): PlanOutline {
  const past = spec.past?.names ?? [];
  const { frequency, every } = axisFromProto(time);
  return {
    task: 'forecast',
    columns: [...spec.targets, ...past, ...spec.known],
    targets: spec.targets.length,
    past: past.length,
    known: spec.known.length,
    rhythm: { frequency, every },
    horizon: spec.horizon,
    window: spec.window,
    season: spec.season,
    strategy: spec.strategy === rnn.Strategy.STRATEGY_RECURSIVE ? 'recursive' : 'direct',
    calendar: spec.calendar ?? false,
    quantiles: spec.quantiles,
    network: toNetworkPlan(spec.network!),
    ensemble: spec.ensemble,
    log: spec.scaling === rnn.Scaling.SCALING_LOG,
    base: BASES[spec.differencing],
  };
}
