import type { Tensors } from '../engine/protocol';
import { batchKey, concatenate, rowsOf, split } from './tensors';

const f32 = (shape: number[], ...values: number[]) => ({ dtype: 'float32' as const, shape, data: Float32Array.from(values) });

describe('batches of tensors', () => {
  const one: Tensors = { x: f32([1, 2], 1, 2), seed: { dtype: 'int32', shape: [1], data: Int32Array.of(7) } };
  const two: Tensors = { x: f32([2, 2], 3, 4, 5, 6), seed: { dtype: 'int32', shape: [2], data: Int32Array.of(8, 9) } };

  it('join along the first dimension and come apart again', () => {
    const joined = concatenate([one, two]);
    expect(joined['x']).toEqual(f32([3, 2], 1, 2, 3, 4, 5, 6));
    expect(joined['seed']).toEqual({ dtype: 'int32', shape: [3], data: Int32Array.of(7, 8, 9) });
    expect(split(joined, [1, 2])).toEqual([one, two]);
  });

  it('own the memory that they move to a worker', () => {
    const joined = concatenate([one]);
    expect(joined['x']!.data.buffer).not.toBe(one['x']!.data.buffer);
    expect(joined['x']!.data.byteLength).toBe(joined['x']!.data.buffer.byteLength);
  });

  it('share a batch only with the same names, dtypes and shapes', () => {
    expect(batchKey(one)).toBe(batchKey(two));
    expect(batchKey({ x: f32([1, 3], 1, 2, 3) })).not.toBe(batchKey({ x: f32([1, 2], 1, 2) }));
    expect(batchKey({ x: f32([1, 1], 1) })).not.toBe(batchKey({ x: { dtype: 'int32', shape: [1, 1], data: Int32Array.of(1) } }));
  });

  it('are refused when their batch sizes differ', () => {
    expect(rowsOf(two)).toBe(2);
    expect(() => rowsOf({ x: f32([2, 1], 1, 2), seed: f32([3], 1, 2, 3) })).toThrow('seed: has a batch of 3, but x one of 2; make them equal');
  });
});
