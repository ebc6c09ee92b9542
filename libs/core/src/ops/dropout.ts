import { tf, type Scalar, type Tensor } from '../engine';
import { statelessBytes, statelessUniform } from '../random';
import { where } from './activations';

/**
 * Inverted dropout (Srivastava et al., 2014) whose mask depends on nothing but (salt, step), so that it differs at each
 * step and a resumed training draws the same masks. ReluGrad is mask and product in one: it passes x where the drawn number is above 0.
 *
 * @param rate Share of x to drop, 0 to 0.95. Multiples of 1/256, such as 0.5 and 0.25, cost half as much.
 */
export function dropout(x: Tensor, rate: number, salt: number, step: Scalar): Tensor {
  if (rate === 0) return x;
  const inBytes = Number.isInteger(rate * 256) && x.size % 4 === 0;
  const kept = tf().tidy(() => (inBytes ? statelessBytes(x.shape, salt, step).sub(rate * 256 - 0.5) : statelessUniform(x.shape, salt, step).sub(rate)));
  return where(x, kept).mul(1 / (1 - rate));
}
