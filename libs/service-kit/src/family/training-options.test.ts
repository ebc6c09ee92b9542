import { Optimizer, Schedule, TrainingOptions } from '@quartet/contracts';
import { resolveTrainingOptions } from './training-options';
import { Violations } from './violations';

function resolve(given: Partial<TrainingOptions> | undefined) {
  const violations = new Violations();
  const options = resolveTrainingOptions(given && TrainingOptions.create(given as never), violations);
  return { options, fields: violations.list.map(({ field }) => field), texts: violations.list.map(({ description }) => description) };
}

describe('resolveTrainingOptions', () => {
  it('gives the defaults that training.proto states', () => {
    expect(resolve(undefined).options).toMatchObject({
      epochs: 3,
      batchSize: 128,
      learningRate: 0.001,
      optimizer: Optimizer.OPTIMIZER_ADAM,
      schedule: Schedule.SCHEDULE_CONSTANT,
      earlyStoppingPatience: 0,
      checkpointEverySteps: 100,
      validate: true,
      weightDecay: 0,
      clipGlobalNorm: 0,
    });
    expect(resolve({ optimizer: Optimizer.OPTIMIZER_SGD }).options.learningRate).toBe(0.01);
  });

  it('keeps what was given, zeros that mean something included', () => {
    const { options, fields } = resolve({ validate: false, seed: 2n ** 64n - 1n, learningRate: 0.5 });
    expect(options).toMatchObject({ validate: false, seed: 2n ** 64n - 1n, learningRate: 0.5 });
    expect(fields).toEqual([]);
  });

  it('names each field that is out of its range, with what it takes', () => {
    const { fields, texts } = resolve({
      epochs: 10_001,
      batchSize: 65_537,
      learningRate: NaN,
      optimizer: 17 as Optimizer,
      schedule: 9 as Schedule,
      weightDecay: -1,
      clipGlobalNorm: Infinity,
      augmentation: { shift: 0.6, rotate: 181, scale: -0.1, erase: 1.1, flipHorizontal: true },
    });
    expect(fields).toEqual([
      'options.epochs',
      'options.batch_size',
      'options.learning_rate',
      'options.optimizer',
      'options.schedule',
      'options.augmentation.shift',
      'options.augmentation.rotate',
      'options.augmentation.scale',
      'options.augmentation.erase',
      'options.weight_decay',
      'options.clip_global_norm',
    ]);
    expect(texts[0]).toBe('is 10001; it takes a whole number from 1 to 10000');
  });

  it('refuses early stopping without a validation loss', () => {
    expect(resolve({ earlyStoppingPatience: 2, validate: false }).fields).toEqual(['options.early_stopping_patience']);
  });
});
