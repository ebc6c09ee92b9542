import type { HostTensor } from '../tensor/host-tensor';
import type { EpochRecord } from './events';
import { initialHealth, type HealthState } from './health';
import { initialPlateau, type PlateauState } from './plateau';

/** Sums over the examples of the running epoch, in double precision. */
export interface EpochSums {
  loss: number;
  /** In the objective's order. */
  metrics: number[];
  examples: number;
}

/** Where a training stands, weights and slots aside. Plain JSON but for the weights of the best epoch. */
export interface TrainingState {
  /** Steps done. */
  step: number;
  sums: EpochSums;
  /** One record an epoch that has ended, validation included. */
  history: EpochRecord[];
  /** The lowest loss of an epoch so far. */
  best: { epoch: number; loss: number } | undefined;
  epochsWithoutBetter: number;
  bestWeights: Map<string, HostTensor> | undefined;
  plateau: PlateauState;
  /** Retries so far after something wasn't finite. */
  retries: number;
  health: HealthState;
}

export const emptySums = (): EpochSums => ({ loss: 0, metrics: [], examples: 0 });

export function initialState(): TrainingState {
  return {
    step: 0,
    sums: emptySums(),
    history: [],
    best: undefined,
    epochsWithoutBetter: 0,
    bestWeights: undefined,
    plateau: initialPlateau(),
    retries: 0,
    health: initialHealth(),
  };
}

export function addToSums(sums: EpochSums, loss: number, metrics: readonly number[], examples: number): void {
  sums.loss += loss * examples;
  metrics.forEach((value, index) => (sums.metrics[index] = (sums.metrics[index] ?? 0) + value * examples));
  sums.examples += examples;
}

/** Means by name: `loss`, and the metrics. */
export function meansOf({ loss, metrics, examples }: EpochSums, names: readonly string[]): Record<string, number> {
  return { loss: loss / examples, ...Object.fromEntries(names.map((name, index) => [name, (metrics[index] ?? 0) / examples])) };
}
