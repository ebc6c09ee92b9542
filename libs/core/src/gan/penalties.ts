import { tf, type Scalar, type Tensor } from '../engine';
import type { ForwardContext } from '../layers/layer';
import { deriveSeed, statelessUniform } from '../random';
import type { Gan } from './build';

/** Squared L2 norm of the score's gradient by each example, [batch]; can be differentiated by the discriminator's weights. */
function squaredSlopes(gan: Gan, x: Tensor, classes: Tensor | undefined, context: ForwardContext): Tensor {
  const slope = tf().grad((at: Tensor) => gan.judge(at, classes, context).score.sum())(x);
  return slope.square().reshape([x.shape[0], -1]).sum(1);
}

/** Half the mean squared slope at real examples: R1 (Mescheder et al., 2018). */
export function r1Penalty(gan: Gan, real: Tensor, classes: Tensor | undefined, context: ForwardContext): Scalar {
  return squaredSlopes(gan, real, classes, context).mean().mul(0.5);
}

/** Mean squared distance of the slope's norm from 1, between real and generated examples (Gulrajani et al., 2017). */
export function gradientPenalty(gan: Gan, real: Tensor, fake: Tensor, classes: Tensor | undefined, context: ForwardContext): Scalar {
  const batch = real.shape[0];
  const random = context.random ?? { seed: 0, step: 0 };
  const share = statelessUniform([batch, ...real.shape.slice(1).map(() => 1)], deriveSeed(random.seed, 'gradient penalty'), random.step);
  const between = real.mul(share).add(fake.mul(share.neg().add(1)));
  return squaredSlopes(gan, between, classes, context).add(1e-12).sqrt().sub(1).square().mean();
}
