import { tf, type Scalar, type Tensor } from '../engine';
import { statelessUniform } from '../random';
import { where } from './activations';

/**
 * Inverted dropout (Srivastava et al., 2014) whose mask depends on nothing but (salt, step), so that it differs at each
 * step and a resumed training draws the same masks. ReluGrad is mask and product in one: it passes x where u - rate > 0.
 *
 * @param rate Share of x to drop, 0 to 0.95.
 */
export function dropout(x: Tensor, rate: number, salt: number, step: Scalar): Tensor {
  if (rate === 0) return x;
  const kept = tf().tidy(() => statelessUniform(x.shape, salt, step).sub(rate));
  return where(x, kept).mul(1 / (1 - rate));
}
