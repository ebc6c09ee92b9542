import type { TrainerOptions } from '@quartet/core';
import { trainerSettings, type ResolvedTrainingOptions } from '@quartet/service-kit';

/** A request's options as core's trainer takes them. @param validates Whether there is something to validate on. */
export function coreSettings(options: ResolvedTrainingOptions, validates: boolean): Omit<TrainerOptions, 'objective' | 'training'> {
  return {
    ...trainerSettings(options),
    // Without a patience it goes on to the end, and still keeps the weights of the best epoch: so little data is soon learned by heart.
    earlyStopping: validates ? { patience: options.earlyStoppingPatience || options.epochs } : undefined,
  };
}
