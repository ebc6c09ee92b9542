import { tf, type Scalar, type Tensor } from '../engine';
import { depthwiseConv2d } from '../ops/convolution';
import { deriveSeed, statelessNormal, statelessUniform, type Seed } from '../random';
import type { Corruption } from './spec';

/**
 * Spoils examples in the way of `corruption`, on the device: a pure function of (seed, step).
 *
 * @param x [batch, height, width, channels] in 0..1, or scaled rows or series. @returns The same shape, of images in 0..1. It has no gradient.
 */
export function corrupt(x: Tensor, { kind, level, minLevel }: Corruption, seed: Seed, step: Scalar | number): Tensor {
  const salt = (purpose: string): number => deriveSeed(seed, 'corruption', purpose);
  const drawn = minLevel === level ? tf().scalar(level) : statelessUniform([1], salt('level'), step).mul(level - minLevel).add(minLevel);
  switch (kind) {
    case 'gaussian': {
      const noisy = x.add(statelessNormal(x.shape, salt(kind), step).mul(drawn));
      return x.rank === 4 ? noisy.clipByValue(0, 1) : noisy;
    }
    case 'saltAndPepper': {
      const uniform = statelessUniform(x.shape, salt(kind), step);
      const kept = uniform.greaterEqual(drawn).cast('float32');
      // Of those that aren't kept, half are white.
      return x.mul(kept).add(uniform.less(drawn.mul(0.5)).cast('float32'));
    }
    case 'masking':
      return x.mul(statelessUniform(x.shape, salt(kind), step).greaterEqual(drawn).cast('float32'));
    case 'blur':
      return blur(x, drawn, Math.ceil(3 * level));
  }
}

/** Gaussian blur, one axis after the other. What lies outside the image has no weight. */
function blur(x: Tensor, deviation: Tensor, radius: number): Tensor {
  const offsets = tf().range(-radius, radius + 1);
  const weights = offsets.div(deviation).square().mul(-0.5).exp();
  const kernel = weights.div(weights.sum());
  const length = 2 * radius + 1;
  const spread = (image: Tensor): Tensor =>
    [[length, 1, 1, 1], [1, length, 1, 1]].reduce((y, shape) => depthwiseConv2d(y, kernel.reshape(shape), {}), image);
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const inside = spread(tf().ones([1, height, width, 1]));
  // Each channel is an image of its own.
  const apart = channels === 1 ? x : x.transpose([0, 3, 1, 2]).reshape([batch * channels, height, width, 1]);
  const blurred = spread(apart).div(inside);
  return channels === 1 ? blurred : blurred.reshape([batch, channels, height, width]).transpose([0, 2, 3, 1]);
}
