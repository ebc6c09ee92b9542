import { tf, type Scalar, type Tensor } from '../engine';
import { statelessUniform } from '../random';

/**
 * Inverted dropout (Srivastava et al., 2014) whose mask depends on nothing but (salt, step), so that it differs at each
 * step and a resumed training draws the same masks.
 *
 * @param rate Share of x to drop, 0 to 0.95.
 */
export function dropout(x: Tensor, rate: number, salt: number, step: Scalar): Tensor {
  if (rate === 0) return x;
  return tf().tidy(() => {
    const keep = statelessUniform(x.shape, salt, step).greaterEqual(rate).cast('float32');
    return x.mul(keep.mul(1 / (1 - rate)));
  });
}
