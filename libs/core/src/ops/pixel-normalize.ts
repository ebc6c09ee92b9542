import { tf, type Tensor } from '../engine';
import { differentiable, firstOrderOnly } from './gradient';

/**
 * Each position's channels divided by their root mean square (Karras et al., 2018): unlike batch normalization, an example's values depend on no other
 * example. No second derivative.
 *
 * @param x [..., channels].
 */
export function pixelNormalize(x: Tensor, epsilon = 1e-8): Tensor {
  return differentiable(
    [x],
    (save) => {
      const scale = tf().rsqrt(x.square().mean(-1, true).add(epsilon));
      const normalized = x.mul(scale);
      save(normalized, scale);
      return normalized;
    },
    (dy, saved) => {
      firstOrderOnly('pixel normalization');
      const [normalized, scale] = saved as [Tensor, Tensor];
      return [dy.sub(normalized.mul(dy.mul(normalized).mean(-1, true))).mul(scale)];
    },
  );
}
