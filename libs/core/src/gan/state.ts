import type { EpochRecord, Metrics } from '../training/events';
import type { BalanceState } from './balance';
import type { DiscriminatorResult, UpdateResult } from './step';

/** Sums over the updates of the running epoch. */
export interface UpdateSums {
  discriminator: { updates: number; loss: number; norm: number; real: number; fake: number; classLoss: number; classAccuracy: number };
  generator: { updates: number; loss: number; norm: number };
}

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

export const emptyUpdateSums = (): UpdateSums => ({
  discriminator: { updates: 0, loss: 0, norm: 0, real: 0, fake: 0, classLoss: 0, classAccuracy: 0 },
  generator: { updates: 0, loss: 0, norm: 0 },
});

export function addDiscriminatorUpdate({ discriminator: sums }: UpdateSums, { loss, gradientNorm, real, fake, classLoss = 0, classAccuracy = 0 }: DiscriminatorResult): void {
  sums.updates += 1;
  sums.loss += loss;
  sums.norm += gradientNorm;
  sums.real += real;
  sums.fake += fake;
  sums.classLoss += classLoss;
  sums.classAccuracy += classAccuracy;
}

export function addGeneratorUpdate({ generator: sums }: UpdateSums, { loss, gradientNorm }: UpdateResult): void {
  sums.updates += 1;
  sums.loss += loss;
  sums.norm += gradientNorm;
}

/** @param classifies Whether the discriminator does. */
export function updateMeans({ discriminator: d, generator: g }: UpdateSums, classifies: boolean): Metrics {
  const [ds, gs] = [Math.max(1, d.updates), Math.max(1, g.updates)];
  return {
    'loss/discriminator': d.loss / ds,
    'loss/generator': g.loss / gs,
    'gradientNorm/discriminator': d.norm / ds,
    'gradientNorm/generator': g.norm / gs,
    'score/real': d.real / ds,
    'score/fake': d.fake / ds,
    ...(classifies && { 'labelled/loss': d.classLoss / ds, 'labelled/accuracy': d.classAccuracy / ds }),
  };
}
