import { resolveSettings } from './settings';
import type { TrainingSettings } from './options';

test('fills in the defaults', () => {
  expect(resolveSettings({ epochs: 3 })).toEqual({
    epochs: 3, seed: '0', optimizer: 'adam', learningRate: 0.001, schedule: 'constant', weightDecay: 0, clip: {}, earlyStopping: null,
  });
});

test.each([
  [{ epochs: 0 }, 'epochs: received 0, expected a whole number from 1 to 10000'],
  [{ epochs: 1, learningRate: NaN }, 'learningRate: received NaN, expected a number above 0, at most 1000'],
  [{ epochs: 1, optimizer: 'lion' }, 'optimizer: received lion, expected one of sgd, momentum, nesterov, rmsprop, adam, adamw'],
  [{ epochs: 1, schedule: 'plateau' }, 'schedule: received plateau, expected one of constant, warmupCosine, step'],
  [{ epochs: 1, weightDecay: -1 }, 'weightDecay: received -1, expected a number from 0 to 1000'],
  [{ epochs: 1, clip: { globalNorm: -1 } }, 'clip.globalNorm: received -1, expected a number of at least 0 (0: no clipping)'],
  [{ epochs: 1, earlyStopping: { patience: 0 } }, 'earlyStopping.patience: received 0, expected a whole number of at least 1'],
])('refuses %j', (settings, message) => {
  expect(() => resolveSettings(settings as TrainingSettings)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
});
