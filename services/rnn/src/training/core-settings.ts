import type { TrainerOptions } from '@quartet/core';
import { trainerSettings, type ResolvedTrainingOptions } from '@quartet/service-kit';
import type { NetworkPlan } from '../network/recurrent';

/** Steps between looks at the gradient through time. */
const LOOK_EVERY = 25;

/**
 * A request's options as core's trainer takes them.
 * @param validates Whether there is something to validate on. @param network Whose policy for gradients is followed.
 */
export function coreSettings(options: ResolvedTrainingOptions, validates: boolean, network?: Pick<NetworkPlan, 'gradients'>): Omit<TrainerOptions, 'objective' | 'training'> {
  return {
    ...trainerSettings(options),
    // Without a patience it goes on to the end, and still keeps the weights of the best epoch: so little data is soon learned by heart.
    earlyStopping: validates ? { patience: options.earlyStoppingPatience || options.epochs } : undefined,
    ...(network?.gradients !== 'off' && { diagnosticsEverySteps: LOOK_EVERY }),
    ...(network?.gradients === 'apply' && { onExploding: 'retry' as const }),
  };
}
