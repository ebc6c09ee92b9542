import { Optimizer, Schedule } from '@quartet/contracts';
import type { OptimizerKind, ScheduleKind, TrainerOptions, TrainingEvent } from '@quartet/core';
import type { TrainerEvent } from './architecture-family';
import type { ResolvedTrainingOptions } from './training-options';

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

/** A job's options as core's Trainer takes them. */
export function trainerSettings(options: ResolvedTrainingOptions): Omit<TrainerOptions, 'objective' | 'training'> {
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
    earlyStopping: earlyStoppingPatience > 0 ? { patience: earlyStoppingPatience } : undefined,
    progressEveryMs: 0, // Each step: a report costs nothing, and the trace shows steps.
  };
}

/** Passes core's events on to a job, the speed as a moving average: that of a single step jumps about. */
export function reportTo(report: (event: TrainerEvent) => void): (event: TrainingEvent) => void {
  let rate = 0;
  return (event) => {
    if (event.type !== 'progress') return report(event);
    rate = rate === 0 ? event.examplesPerSecond : 0.9 * rate + 0.1 * event.examplesPerSecond;
    report({ ...event, examplesPerSecond: rate });
  };
}
