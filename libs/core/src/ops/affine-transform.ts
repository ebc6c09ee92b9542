import { tf, type Tensor } from '../engine';
import { differentiable } from './gradient';
import { FLOAT, rawOp } from './raw';
import { sizes } from './shape';

export type Interpolation = 'nearest' | 'bilinear';
/** What lies outside an image: 0, its edge, or its mirror image. */
export type Fill = 'zero' | 'edge' | 'mirror';

const FILL_MODES: Readonly<Record<Fill, string>> = { zero: 'CONSTANT', edge: 'NEAREST', mirror: 'REFLECT' };

/** Where an output pixel comes from, one number an image [batch]: x' = xx * x + xy * y + x0, y' = yx * x + yy * y + y0, in pixels. */
export type AffineMap = Record<'xx' | 'xy' | 'x0' | 'yx' | 'yy' | 'y0', Tensor>;

/**
 * Resamples each image by a map of its own, in one pass: TensorFlow's ImageProjectiveTransformV3.
 *
 * @param images [batch, height, width, channels].
 * @param inverse Of the map, where it takes whole pixels to whole pixels; then the gradient by the images is exact for fill `zero`.
 */
export function affineTransform(images: Tensor, map: AffineMap, inverse: AffineMap, fill: Fill = 'zero', interpolation: Interpolation = 'nearest'): Tensor {
  return resample(images, rowsOf(map), rowsOf(inverse), fill, interpolation);
}

function resample(images: Tensor, rows: Tensor, inverse: Tensor, fill: Fill, interpolation: Interpolation): Tensor {
  return differentiable(
    [images],
    (save) => {
      save(rows, inverse);
      const [, height, width] = images.shape as [number, number, number];
      const attributes = { dtype: FLOAT, interpolation: { string: interpolation.toUpperCase() }, fill_mode: { string: FILL_MODES[fill] } };
      return rawOp('ImageProjectiveTransformV3', [images, rows, sizes([height, width]), tf().scalar(0)], attributes);
    },
    (dy, saved) => {
      const [forward, backward] = saved as [Tensor, Tensor];
      return [resample(dy, backward, forward, 'zero', interpolation)];
    },
  );
}

/** [batch, 8], as the kernel takes it: the last two are those of a perspective. */
function rowsOf({ xx, xy, x0, yx, yy, y0 }: AffineMap): Tensor {
  const zero = x0.zerosLike();
  return tf().stack([xx, xy, x0, yx, yy, y0, zero, zero], 1);
}
