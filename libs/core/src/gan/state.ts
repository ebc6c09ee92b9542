import type { EpochRecord } from '../training/events';
import type { BalanceState } from './balance';

/** Sums over the updates of the running epoch. */
export interface UpdateSums {
  discriminator: { updates: number; loss: number; norm: number; real: number; fake: number; classLoss: number; classAccuracy: number };
  generator: { updates: number; loss: number; norm: number };
}

export const emptyUpdateSums = (): UpdateSums => ({
  discriminator: { updates: 0, loss: 0, norm: 0, real: 0, fake: 0, classLoss: 0, classAccuracy: 0 },
  generator: { updates: 0, loss: 0, norm: 0 },
});

/** Where a GAN's training stands, weights and slots aside. Plain JSON. */
export interface GanTrainingState {
  /** Batches taken. */
  step: number;
  /** Updates made; they key what is random. */
  updates: { discriminator: number; generator: number };
  sums: UpdateSums;
  history: EpochRecord[];
  balance: BalanceState;
  /** Retries after something wasn't finite. */
  retries: number;
}
