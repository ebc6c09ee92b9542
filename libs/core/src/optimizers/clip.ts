import { tf, type Scalar, type Tensor } from '../engine';
import { rawOp } from '../ops/raw';
import type { Clipping } from '../training/options';

/** The L2 norm of all tensors together; L2Loss, half the sum of squares, reads each of them once. Has no gradient. */
export function globalNorm(tensors: readonly Tensor[]): Scalar {
  return tf().tidy(() => tf().addN(tensors.map((tensor) => rawOp('L2Loss', [tensor]))).mul(2).sqrt() as Scalar);
}

/** Clips gradients: first each element, then each tensor, then all together (Pascanu et al., 2013). */
export function clipGradients(gradients: readonly Tensor[], clip: Clipping): Tensor[] {
  const { value, norm, globalNorm: overall } = clip;
  let clipped = [...gradients];
  if (value) clipped = clipped.map((gradient) => gradient.clipByValue(-value, value));
  if (norm) clipped = clipped.map((gradient) => scaleTo(gradient, globalNorm([gradient]), norm));
  if (overall) {
    const total = globalNorm(clipped);
    clipped = clipped.map((gradient) => scaleTo(gradient, total, overall));
  }
  return clipped;
}

function scaleTo(gradient: Tensor, norm: Scalar, limit: number): Tensor {
  return gradient.mul(tf().scalar(limit).div(norm.maximum(limit)));
}
