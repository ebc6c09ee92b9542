import type { Tensor } from '../engine';
import { differentiable } from './gradient';
import { FLOAT, rawOp } from './raw';

/**
 * Product of two matrices, either transposed first, by TensorFlow's MatMul, which (unlike the batched product that tfjs uses) it
 * fuses with the bias and the activation that follow.
 */
export function matMul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  return differentiable(
    [a, b],
    (save) => {
      save(a, b);
      return rawOp('MatMul', [a, b], { T: FLOAT, transpose_a: { bool: transposeA }, transpose_b: { bool: transposeB } });
    },
    (dy, saved) => {
      const [left, right] = saved as [Tensor, Tensor];
      return [
        transposeA ? matMul(right, dy, transposeB, true) : matMul(dy, right, false, !transposeB),
        transposeB ? matMul(dy, left, true, transposeA) : matMul(left, dy, !transposeA, false),
      ];
    },
  );
}
