import { tf, type Tensor } from '../engine';
import type { Padding } from './convolution';
import { differentiable } from './gradient';
import { FLOAT, rawOp, type RawAttribute } from './raw';
import { sizes } from './shape';

export interface PoolOptions {
  /** Default 2. */
  size?: number;
  /** Default: the size. */
  stride?: number;
  /** Default valid. */
  padding?: Padding;
}

// Pooling over [batch, height, width, channels]. All can be differentiated as often as one likes.

export function maxPool2d(x: Tensor, options: PoolOptions = {}): Tensor {
  return differentiable(
    [x],
    (save) => {
      const y = rawOp('MaxPool', [x], attributes(options));
      save(x, y);
      return y;
    },
    (dy, saved) => [scatter(dy, saved as [Tensor, Tensor], options)],
  );
}

/** dy put where each window's largest element is; linear in dy. */
function scatter(dy: Tensor, pooled: [x: Tensor, y: Tensor], options: PoolOptions): Tensor {
  return differentiable(
    [dy],
    (save) => {
      save(...pooled);
      return rawOp('MaxPoolGrad', [...pooled, dy], attributes(options));
    },
    (ddx, saved) => [gather(ddx, saved as [Tensor, Tensor], options)],
  );
}

/** The elements of dx that stand where each window's largest element is. */
function gather(dx: Tensor, pooled: [x: Tensor, y: Tensor], options: PoolOptions): Tensor {
  return differentiable(
    [dx],
    (save) => {
      save(...pooled);
      return rawOp('MaxPoolGradGrad', [...pooled, dx], attributes(options));
    },
    (dy, saved) => [scatter(dy, saved as [Tensor, Tensor], options)],
  );
}

/** The mean over each window, padding left out. */
export function averagePool2d(x: Tensor, options: PoolOptions = {}): Tensor {
  return differentiable(
    [x],
    () => rawOp('AvgPool', [x], attributes(options)),
    (dy) => [spread(dy, x.shape, options)],
  );
}

function spread(dy: Tensor, shape: readonly number[], options: PoolOptions): Tensor {
  return differentiable(
    [dy],
    () => rawOp('AvgPoolGrad', [sizes(shape), dy], attributes(options)),
    (ddx) => [averagePool2d(ddx, options)],
  );
}

/** The mean over all axes but the first and the last: [batch, ..., channels] -> [batch, channels]. */
export function globalAveragePool(x: Tensor): Tensor {
  const axes = x.shape.slice(1, -1).map((_, axis) => axis + 1);
  return differentiable(
    [x],
    () => x.mean(axes),
    (dy) => {
      const [batch, channels] = dy.shape as [number, number];
      const count = x.size / dy.size;
      return [tf().broadcastTo(dy.div(count).reshape([batch, ...axes.map(() => 1), channels]), x.shape)];
    },
  );
}

function attributes({ size = 2, stride = size, padding = 'valid' }: PoolOptions): Record<string, RawAttribute> {
  return {
    T: FLOAT,
    ksize: { int: [1, size, size, 1] },
    strides: { int: [1, stride, stride, 1] },
    padding: { string: padding.toUpperCase() },
    data_format: { string: 'NHWC' },
  };
}
