import { tf, type Tensor } from '../engine';
import { differentiable, firstOrderOnly } from './gradient';

/**
 * (x - mean) / sqrt(variance + epsilon) * gamma + beta, mean and variance over the last axis (Ba et al., 2016). No second derivative.
 *
 * @param x [..., features]. @param gamma [features]. @param beta [features].
 */
export function layerNormalize(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  return differentiable(
    [x, gamma, beta],
    (save) => {
      const centred = x.sub(x.mean(-1, true));
      const scale = tf().rsqrt(centred.square().mean(-1, true).add(epsilon));
      const normalized = centred.mul(scale);
      save(normalized, scale, gamma);
      return normalized.mul(gamma).add(beta);
    },
    (dy, saved) => {
      firstOrderOnly('layer normalization');
      const [normalized, scale, weight] = saved as [Tensor, Tensor, Tensor];
      const others = dy.shape.slice(0, -1).map((_, axis) => axis);
      const slope = dy.mul(weight);
      const along = normalized.mul(slope.mul(normalized).mean(-1, true));
      return [slope.sub(slope.mean(-1, true)).sub(along).mul(scale), dy.mul(normalized).sum(others), dy.sum(others)];
    },
  );
}
