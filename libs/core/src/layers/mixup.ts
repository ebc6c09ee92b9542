import { tf, type Scalar, type Tensor } from '../engine';
import { FLOAT, INT32, rawOp } from '../ops/raw';

/** Examples and what they are to give, mixed. */
export interface Mixed {
  /** [batch, ...]. */
  x: Tensor;
  /** [batch, ...]. */
  targets: Tensor;
}

/**
 * Mixup (Zhang et al., 2018): each example becomes s * it + (1 - s) * another one of its batch, its target likewise; s is drawn from
 * Beta(alpha, alpha), the larger of s and 1 - s taken, so that an example stays most of itself. The other one is that at the mirrored place:
 * batches come shuffled. An example whose partner is padding stays as it is.
 *
 * @param given.exampleWeights [batch], 0 for padding. @param alpha Above 0; 0.2 is usual, 1 mixes evenly. @param salt Keys the draw, with step.
 */
export function mixup({ x, targets, exampleWeights }: Mixed & { exampleWeights: Tensor }, alpha: number, salt: number, step: Scalar): Mixed {
  return tf().tidy(() => {
    const batch = x.shape[0];
    const [own, other] = tf().unstack(gamma([2, batch], alpha, salt, step)) as [Tensor, Tensor];
    // Of a small alpha both can be 0 in float32.
    const drawn = tf().maximum(own, other).div(own.add(other).maximum(1e-30));
    const single = tf().logicalOr(exampleWeights.reverse(0).equal(0), drawn.less(0.5));
    const share = tf().where(single, tf().onesLike(drawn), drawn);
    const mix = (values: Tensor): Tensor => {
      const shares = share.reshape([batch, ...values.shape.slice(1).map(() => 1)]);
      return values.mul(shares).add(values.reverse(0).mul(tf().sub(1, shares)));
    };
    return { x: mix(x), targets: mix(targets) };
  });
}

/** Gamma-distributed numbers of rate 1. */
function gamma(shape: number[], alpha: number, salt: number, step: Scalar): Tensor {
  const seed = tf().stack([tf().scalar(salt, 'int32'), step]);
  return rawOp('StatelessRandomGammaV2', [tf().tensor1d(shape, 'int32'), seed, tf().scalar(alpha)], { dtype: FLOAT, T: INT32, Tseed: INT32 });
}
