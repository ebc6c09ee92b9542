import type { HostTensor } from '../tensor/host-tensor';
import type { EpochRecord } from './events';

/** Sums over the steps of the running epoch, in double precision. */
export interface EpochSums {
  loss: number;
  accuracy: number;
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
}

export const emptySums = (): EpochSums => ({ loss: 0, accuracy: 0, examples: 0 });

export function initialState(): TrainingState {
  return { step: 0, sums: emptySums(), history: [], best: undefined, epochsWithoutBetter: 0, bestWeights: undefined };
}
