import type { ScheduleKind } from './options';

/** Share of the steps in which the learning rate rises linearly from 0. */
const WARM_UP = 0.05;

/**
 * Learning rate of a step, as a multiple of the base rate.
 *
 * `warmupCosine`: linear warm-up, then half a cosine to 0 (Loshchilov and Hutter, 2017).
 *
 * @param step From 0. @param totalSteps At least 1.
 */
export function scheduleFactor(kind: ScheduleKind, step: number, totalSteps: number): number {
  switch (kind) {
    case 'constant':
    case 'plateau': // Depends on losses: see plateau.ts.
      return 1;
    case 'step': {
      const share = step / totalSteps;
      return share < 0.6 ? 1 : share < 0.85 ? 0.1 : 0.01;
    }
    case 'warmupCosine': {
      const warmUp = Math.max(1, Math.round(totalSteps * WARM_UP));
      if (step < warmUp) return (step + 1) / warmUp;
      return (1 + Math.cos((Math.PI * (step - warmUp)) / Math.max(1, totalSteps - warmUp))) / 2;
    }
  }
}
