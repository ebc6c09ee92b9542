import { checkTensor, firstOutside } from './check';
import type { HostTensor } from './host-tensor';

const images = (shape: number[], data?: Float32Array): HostTensor => ({
  dtype: 'float32',
  shape,
  data: data ?? new Float32Array(shape.reduce((a, b) => a * b, 1)),
});
const expected = { name: 'batch', dtype: 'float32', shape: [null, 2, 2, 1], maxBatch: 4 } as const;

test('passes what fits', () => {
  expect(() => checkTensor(images([4, 2, 2, 1]), expected)).not.toThrow();
  expect(() => checkTensor({ dtype: 'uint8', shape: [2], data: Uint8Array.of(1, 255) }, { dtype: ['uint8', 'float32'] })).not.toThrow();
});

test.each([
  ['DTYPE_MISMATCH', { ...images([1, 2, 2, 1]), dtype: 'int32', data: new Int32Array(4) }, 'batch.dtype: received int32, expected float32; convert the data before sending it'],
  ['SHAPE_MISMATCH', images([1, 2, 3, 1]), 'batch.shape: received [1, 2, 3, 1], expected [-1, 2, 2, 1] (-1: any size); reshape the data to what the model takes'],
  ['SHAPE_MISMATCH', images([4]), 'batch.shape: received [4], expected [-1, 2, 2, 1] (-1: any size); reshape the data to what the model takes'],
  ['BYTE_COUNT_MISMATCH', images([2, 2, 2, 1], new Float32Array(7)), 'batch.data: received 7 elements, expected 8 for shape [2, 2, 2, 1]'],
  ['EMPTY_BATCH', images([0, 2, 2, 1]), 'batch.shape: received an empty batch, expected 1 to 4 elements'],
  ['BATCH_TOO_LARGE', images([5, 2, 2, 1]), 'batch.shape: received a batch of 5, expected at most 4; split it into several calls'],
  ['NOT_FINITE', images([2, 2, 2, 1], Float32Array.of(0, 0, 0, 0, 0, 0, NaN, 0)), 'batch.data: received NaN at element [1, 1, 0, 0], expected finite numbers'],
  ['NOT_FINITE', images([1, 2, 2, 1], Float32Array.of(0, -Infinity, 0, 0)), 'batch.data: received -Infinity at element [0, 0, 1, 0], expected finite numbers'],
] as [string, HostTensor, string][])('refuses with %s', (reason, tensor, message) => {
  expect(() => checkTensor(tensor, expected)).toThrow(expect.objectContaining({ reason, message }));
});

test('finds the first number outside of a range', () => {
  expect(firstOutside(Float32Array.of(0, 0.5, 1), 0, 1)).toBe(-1);
  expect(firstOutside(Float32Array.of(0, 1.5, -1), 0, 1)).toBe(1);
  expect(firstOutside(Float32Array.of(0, NaN), 0, 1)).toBe(1);
  expect(firstOutside(new Float32Array(0), 0, 1)).toBe(-1);
});
