import { resolveSettings } from './settings';
import type { TrainingSettings } from './options';

test('fills in the defaults', () => {
  expect(resolveSettings({ epochs: 3 })).toEqual({
    epochs: 3, seed: '0', optimizer: 'adam', learningRate: 0.001, schedule: 'constant', weightDecay: 0, clip: {}, accumulateSteps: 1, ema: null,
    earlyStopping: null, plateau: null, onNotFinite: { action: 'retry', retries: 2, learningRateFactor: 0.5, clipGlobalNorm: 1 }, onExploding: 'report', precision: 'float32',
  });
});

test.each([
  [{ epochs: 0 }, 'epochs: received 0, expected a whole number from 1 to 10000'],
  [{ epochs: 1, learningRate: NaN }, 'learningRate: received NaN, expected a number above 0, at most 1000'],
  [{ epochs: 1, optimizer: 'lion' }, 'optimizer: received lion, expected one of sgd, momentum, nesterov, rmsprop, adam, adamw'],
  [{ epochs: 1, schedule: 'linear' }, 'schedule: received linear, expected one of constant, warmupCosine, step, plateau'],
  [{ epochs: 1, weightDecay: -1 }, 'weightDecay: received -1, expected a number from 0 to 1000'],
  [{ epochs: 1, clip: { globalNorm: -1 } }, 'clip.globalNorm: received -1, expected a number of at least 0 (0: no clipping)'],
  [{ epochs: 1, earlyStopping: { patience: 0 } }, 'earlyStopping.patience: received 0, expected a whole number of at least 1'],
  [{ epochs: 1, accumulateSteps: 0 }, 'accumulateSteps: received 0, expected a whole number from 1 to 10000'],
  [{ epochs: 1, ema: { decay: 1 } }, 'ema.decay: received 1, expected a number above 0 and below 1'],
  [{ epochs: 1, plateau: {} }, 'plateau: is set, but the schedule is constant; set schedule to plateau, or leave it out'],
  [{ epochs: 1, schedule: 'plateau', plateau: { factor: 1 } }, 'plateau.factor: received 1, expected a number above 0 and below 1'],
  [{ epochs: 1, schedule: 'plateau', plateau: { patience: 0.5 } }, 'plateau.patience: received 0.5, expected a whole number of at least 1'],
  [{ epochs: 1, schedule: 'plateau', plateau: { minDelta: -1 } }, 'plateau.minDelta: received -1, expected a number of at least 0'],
  [{ epochs: 1, schedule: 'plateau', plateau: { minFactor: 2 } }, 'plateau.minFactor: received 2, expected a number from 0 to 1'],
  [{ epochs: 1, onNotFinite: { action: 'ignore' } }, 'onNotFinite.action: received ignore, expected stop or retry'],
  [{ epochs: 1, onNotFinite: { retries: 0 } }, 'onNotFinite.retries: received 0, expected a whole number from 1 to 100'],
  [{ epochs: 1, onNotFinite: { learningRateFactor: 0 } }, 'onNotFinite.learningRateFactor: received 0, expected a number above 0, at most 1'],
  [{ epochs: 1, onNotFinite: { clipGlobalNorm: NaN } }, 'onNotFinite.clipGlobalNorm: received NaN, expected a number of at least 0'],
  [{ epochs: 1, precision: 'float16' }, 'precision: received float16, expected float32 or bfloat16'],
])('refuses %j', (settings, message) => {
  expect(() => resolveSettings(settings as TrainingSettings)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
});
