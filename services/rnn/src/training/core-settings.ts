import { Optimizer, Schedule } from '@quartet/contracts';
import type { OptimizerKind, ScheduleKind, TrainerOptions, TrainingEvent } from '@quartet/core';
import type { ResolvedTrainingOptions, TrainerEvent } from '@quartet/service-kit';

const OPTIMIZERS: Partial<Record<Optimizer, OptimizerKind>> = {
  [Optimizer.OPTIMIZER_SGD]: 'sgd',
  [Optimizer.OPTIMIZER_MOMENTUM]: 'momentum',
  [Optimizer.OPTIMIZER_RMSPROP]: 'rmsprop',
  [Optimizer.OPTIMIZER_ADAM]: 'adam',
  [Optimizer.OPTIMIZER_ADAMW]: 'adamw',
};

const SCHEDULES: Partial<Record<Schedule, ScheduleKind>> = {
  [Schedule.SCHEDULE_CONSTANT]: 'constant',
  [Schedule.SCHEDULE_WARMUP_COSINE]: 'warmupCosine',
  [Schedule.SCHEDULE_STEP]: 'step',
};

/** A request's options as core's trainer takes them. @param validates Whether there is something to validate on. */
export function coreSettings(options: ResolvedTrainingOptions, validates: boolean): Omit<TrainerOptions, 'objective' | 'training'> {
  const { epochs, seed, learningRate, weightDecay, clipGlobalNorm, earlyStoppingPatience, checkpointEverySteps } = options;
  return {
    epochs,
    seed,
    learningRate,
    weightDecay,
    checkpointEverySteps,
    optimizer: OPTIMIZERS[options.optimizer],
    schedule: SCHEDULES[options.schedule],
    clip: clipGlobalNorm > 0 ? { globalNorm: clipGlobalNorm } : undefined,
    // Without a patience it goes on to the end, and still keeps the weights of the best epoch: so little data is soon learned by heart.
    earlyStopping: validates ? { patience: earlyStoppingPatience || epochs } : undefined,
  };
}

/** Hands core's events on, the speed as a moving average: that of a single step jumps about. */
export function reporter(report: (event: TrainerEvent) => void): (event: TrainingEvent) => void {
  let rate = 0;
  return (event) => {
    if (event.type !== 'progress') return report(event);
    rate = rate === 0 ? event.examplesPerSecond : 0.9 * rate + 0.1 * event.examplesPerSecond;
    report({ ...event, examplesPerSecond: rate });
  };
}
