import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './checkpoint';
import { initialState } from './state';

const tensor = (...values: number[]) => ({ dtype: 'float32' as const, shape: [values.length], data: Float32Array.from(values) });
const checkpoint = (changes: Partial<Checkpoint> = {}): Checkpoint => ({
  fingerprint: { epochs: 3 },
  state: initialState(),
  weights: new Map([['kernel', tensor(1, 2)]]),
  slots: new Map([['kernel/m', tensor(0.1, 0.2)]]),
  more: new Map([['x', tensor(5)]]),
  ...changes,
});

test('gives back what was put in, the checkpoint to go back to included', () => {
  const rollback = encodeCheckpoint(checkpoint());
  const state = { ...initialState(), step: 7, retries: 1, best: { epoch: 1, loss: 0.1 }, bestWeights: new Map([['kernel', tensor(3, 4)]]) };
  const read = decodeCheckpoint(encodeCheckpoint(checkpoint({ state, rollback })));
  expect(read).toEqual(checkpoint({ state, rollback }));
  expect(decodeCheckpoint(read.rollback!)).toEqual(checkpoint());
});

test('numbers that are not finite stay what they are', () => {
  const history = [{ epoch: 1, metrics: { loss: 0.1 + 0.2, 'validation/loss': Infinity, a: -Infinity, b: NaN }, best: true }];
  const state = { ...initialState(), history, best: { epoch: 1, loss: Infinity } };
  expect(decodeCheckpoint(encodeCheckpoint(checkpoint({ state }))).state).toEqual(state);
});
