import { tf, type Tensor } from '../engine';
import { affineTransform, type AffineMap, type Fill } from '../ops/affine-transform';
import { deriveSeed, statelessUniform } from '../random';
import type { Layer } from './layer';
import type { Parameters } from './parameters';

export interface AugmentationOptions {
  /** Moves each image by up to so many whole pixels along both axes. Default 0. */
  shift?: number;
  /** Mirrors half of the images, left to right. Default false. */
  flip?: boolean;
  /** Turns each image by up to so many degrees. Default 0. */
  rotation?: number;
  /** Enlarges or shrinks each image by a factor of up to 1 + zoom. Default 0. */
  zoom?: number;
  /** What comes in from outside. Default zero. */
  fill?: Fill;
}

/**
 * Random changes to the images of a batch, each its own, in training: [batch, height, width, channels]. Drawn from (seed, step), one pass
 * over the images. The gradient is exact for shift and flip with fill zero (Zhao et al., 2020, train a GAN through these), and an
 * approximation otherwise.
 */
export function augmentation(parameters: Parameters, options: AugmentationOptions): Layer {
  const { shift = 0, flip = false, rotation = 0, zoom = 0, fill = 'zero' } = options;
  return (x, { training, random }) => {
    if (!training || !random) return x;
    const [batch, height, width] = x.shape as [number, number, number];
    const salt = deriveSeed(random.seed, parameters.prefix, 'augmentation');
    const draws = tf().tidy(() => tf().unstack(statelessUniform([5, batch], salt, random.step))) as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const [mirrored, right, down, turned, zoomed] = draws;
    const motion: Motion = {
      sign: flip ? mirrored.less(0.5).cast('float32').mul(2).sub(1) : tf().onesLike(mirrored),
      right: right.mul(2 * shift + 1).floor().sub(shift),
      down: down.mul(2 * shift + 1).floor().sub(shift),
      angle: turned.mul(2).sub(1).mul((rotation * Math.PI) / 180),
      // As likely by a factor as by its inverse.
      scale: zoomed.mul(2).sub(1).mul(Math.log(1 + zoom)).exp(),
    };
    const interpolation = rotation > 0 || zoom > 0 ? 'bilinear' : 'nearest';
    const centre = { x: (width - 1) / 2, y: (height - 1) / 2 };
    return affineTransform(x, mapOf(motion, centre), inverseOf(motion, centre), fill, interpolation);
  };
}

/** Each [batch]. */
type Motion = Record<'sign' | 'right' | 'down' | 'angle' | 'scale', Tensor>;

/** scale * R(angle) * mirror about the centre, then the shift. */
function mapOf({ sign, right, down, angle, scale }: Motion, centre: { x: number; y: number }): AffineMap {
  const [cosine, sine] = [angle.cos().mul(scale), angle.sin().mul(scale)];
  const map = { xx: cosine.mul(sign), xy: sine.neg(), yx: sine.mul(sign), yy: cosine };
  return { ...map, ...offsets(map, centre, { x: right.add(centre.x), y: down.add(centre.y) }) };
}

function inverseOf({ sign, right, down, angle, scale }: Motion, centre: { x: number; y: number }): AffineMap {
  const [cosine, sine] = [angle.cos().div(scale), angle.sin().div(scale)];
  const map = { xx: cosine.mul(sign), xy: sine.mul(sign), yx: sine.neg(), yy: cosine };
  const { x0, y0 } = offsets(map, { x: right.add(centre.x), y: down.add(centre.y) }, centre);
  return { ...map, x0, y0 };
}

/** The offsets with which the matrix takes `from` to `to`. */
function offsets({ xx, xy, yx, yy }: Omit<AffineMap, 'x0' | 'y0'>, from: Point, to: Point): Pick<AffineMap, 'x0' | 'y0'> {
  return { x0: tf().sub(to.x, xx.mul(from.x).add(xy.mul(from.y))), y0: tf().sub(to.y, yx.mul(from.x).add(yy.mul(from.y))) };
}

type Point = Record<'x' | 'y', Tensor | number>;
