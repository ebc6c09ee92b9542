import type { ExampleBatch } from '@quartet/core';

/**
 * Examples with a class each, as core's objectives take them: inputs `x` and `y`; and `targets`, [batch, width], where they are labels or numbers.
 *
 * @param shape Of x: [batch, ...]. @param count Examples that count, from the first on.
 */
export function labelled(x: Float32Array, shape: number[], y: Int32Array, count: number, targets?: Float32Array): ExampleBatch {
  const many = targets && { targets: { dtype: 'float32' as const, shape: [y.length, targets.length / y.length], data: targets } };
  return { inputs: { x: { dtype: 'float32', shape, data: x }, y: { dtype: 'int32', shape: [y.length], data: y }, ...many }, count };
}
