import { tf, type Tensor } from '../engine';
import { FLOAT, INT32, rawOp } from './raw';

/** An int32 vector of sizes. */
export const sizes = (shape: readonly number[]): Tensor => tf().tensor1d([...shape], 'int32');

/**
 * Sizes of x's batch and then of `rest`, int32, read from x inside TensorFlow: so a recorded graph takes any batch. Where the size is
 * fixed TensorFlow computes it before the first run.
 */
export function batchAnd(x: Tensor, rest: readonly number[]): Tensor {
  const shape = rawOp('Shape', [x], { T: FLOAT, out_type: INT32 });
  const batch = rawOp('Slice', [shape, sizes([0]), sizes([1])], { T: INT32, Index: INT32 });
  return rawOp('ConcatV2', [batch, sizes(rest), tf().scalar(0, 'int32')], { N: { int: 2 }, T: INT32, Tidx: INT32 });
}
