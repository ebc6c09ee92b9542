import { Augmentation, Optimizer, Schedule, TrainingOptions } from '@quartet/contracts';
import type { Violations } from './violations';

/** Training options with every default filled in. */
export type ResolvedTrainingOptions = TrainingOptions & {
  learningRate: number;
  augmentation: Augmentation;
  validate: boolean;
};

/** Usual learning rate by optimizer. */
const LEARNING_RATE: Partial<Record<Optimizer, number>> = {
  [Optimizer.OPTIMIZER_SGD]: 0.01,
  [Optimizer.OPTIMIZER_MOMENTUM]: 0.01,
  [Optimizer.OPTIMIZER_RMSPROP]: 0.001,
  [Optimizer.OPTIMIZER_ADAM]: 0.001,
  [Optimizer.OPTIMIZER_ADAMW]: 0.001,
};

/**
 * Fills the defaults in and checks the ranges that training.proto states.
 * @param path where the options stand in the request, for the violations: `options`
 * @param defaults what a family prefers over the shared defaults
 */
export function resolveTrainingOptions(
  given: TrainingOptions | undefined,
  violations: Violations,
  path = 'options',
  defaults: Partial<TrainingOptions> = {},
): ResolvedTrainingOptions {
  const o = given ?? TrainingOptions.create();
  const optimizer = o.optimizer || defaults.optimizer || Optimizer.OPTIMIZER_ADAM;
  const resolved: ResolvedTrainingOptions = {
    epochs: o.epochs || defaults.epochs || 3,
    batchSize: o.batchSize || defaults.batchSize || 128,
    learningRate: o.learningRate ?? defaults.learningRate ?? LEARNING_RATE[optimizer] ?? 0.001,
    optimizer,
    schedule: o.schedule || defaults.schedule || Schedule.SCHEDULE_CONSTANT,
    seed: o.seed,
    earlyStoppingPatience: o.earlyStoppingPatience,
    checkpointEverySteps: o.checkpointEverySteps || defaults.checkpointEverySteps || 100,
    augmentation: Augmentation.fromPartial(o.augmentation ?? defaults.augmentation ?? {}),
    weightDecay: o.weightDecay || defaults.weightDecay || 0,
    clipGlobalNorm: o.clipGlobalNorm || defaults.clipGlobalNorm || 0,
    validate: o.validate ?? defaults.validate ?? true,
  };
  check(resolved, violations, path);
  return resolved;
}

function check(o: ResolvedTrainingOptions, violations: Violations, path: string): void {
  const at = (field: string) => `${path}.${field}`;
  violations.integer(at('epochs'), o.epochs, 1, 10_000);
  violations.integer(at('batch_size'), o.batchSize, 1, 65_536);
  if (!(o.learningRate > 0 && o.learningRate <= 100)) {
    violations.add(at('learning_rate'), `is ${o.learningRate}; it takes a number above 0, at most 100; 0.001 suits Adam`);
  }
  if (Optimizer[o.optimizer] === undefined || o.optimizer === Optimizer.UNRECOGNIZED) {
    violations.add(at('optimizer'), `is ${o.optimizer}; it takes one of the values of quartet.training.v1.Optimizer`);
  }
  if (Schedule[o.schedule] === undefined || o.schedule === Schedule.UNRECOGNIZED) {
    violations.add(at('schedule'), `is ${o.schedule}; it takes one of the values of quartet.training.v1.Schedule`);
  }
  violations.integer(at('early_stopping_patience'), o.earlyStoppingPatience, 0, 10_000);
  if (o.earlyStoppingPatience > 0 && !o.validate) {
    violations.add(at('early_stopping_patience'), 'needs the validation loss; set `validate` to true, or the patience to 0');
  }
  violations.integer(at('checkpoint_every_steps'), o.checkpointEverySteps, 1, 1_000_000_000);
  violations.number(at('augmentation.shift'), o.augmentation.shift, 0, 0.5);
  violations.number(at('augmentation.rotate'), o.augmentation.rotate, 0, 180);
  violations.number(at('augmentation.scale'), o.augmentation.scale, 0, 0.5);
  violations.number(at('augmentation.erase'), o.augmentation.erase, 0, 1);
  violations.number(at('weight_decay'), o.weightDecay, 0, 1);
  violations.number(at('clip_global_norm'), o.clipGlobalNorm, 0, 1e9);
}
