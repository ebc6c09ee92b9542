import type { Tensor } from '../engine';
import { differentiable } from './gradient';
import { FLOAT, rawOp, type RawAttribute } from './raw';
import { batchAnd, sizes } from './shape';

export type Padding = 'same' | 'valid';

export interface ConvolutionOptions {
  /** Default 1. */
  stride?: number;
  /** Default same. */
  padding?: Padding;
  /** Default 1. */
  dilation?: number;
}

// A convolution and its two gradients: each one's gradients are the other two, so all can be differentiated as often as one likes.

/**
 * @param x [batch, height, width, channels].
 * @param kernel [height, width, channels, filters].
 */
export function conv2d(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  return differentiable(
    [x, kernel],
    (save) => {
      save(x, kernel);
      return rawOp('Conv2D', [x, kernel], attributes(options));
    },
    (dy, saved) => {
      const [input, weights] = saved as [Tensor, Tensor];
      return [inputGradient(dy, weights, input.shape, options), kernelGradient(input, dy, weights.shape, options)];
    },
  );
}

/**
 * Transposed convolution: what a convolution with this kernel has as its gradient by the input. Spatial sizes grow by `stride`; without
 * padding by what the kernel is larger than the stride as well.
 *
 * @param x [batch, height, width, channels].
 * @param kernel [height, width, filters, channels].
 */
export function conv2dTranspose(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  const { stride = 1, padding = 'same', dilation = 1 } = options;
  const size = (axis: 1 | 2): number => {
    const window = ((kernel.shape[axis - 1] as number) - 1) * dilation + 1;
    return (x.shape[axis] as number) * stride + (padding === 'same' ? 0 : Math.max(window - stride, 0));
  };
  return inputGradient(x, kernel, [-1, size(1), size(2), kernel.shape[2] as number], options);
}

/** @param shape Of the result; a batch of -1 is taken from dy, inside TensorFlow. */
function inputGradient(dy: Tensor, kernel: Tensor, shape: readonly number[], options: ConvolutionOptions): Tensor {
  return differentiable(
    [dy, kernel],
    (save) => {
      save(dy, kernel);
      const size = shape[0] === -1 ? batchAnd(dy, shape.slice(1)) : sizes(shape);
      return rawOp('Conv2DBackpropInput', [size, kernel, dy], attributes(options));
    },
    (ddx, saved) => {
      const [gradient, weights] = saved as [Tensor, Tensor];
      return [conv2d(ddx, weights, options), kernelGradient(ddx, gradient, weights.shape, options)];
    },
  );
}

function kernelGradient(x: Tensor, dy: Tensor, shape: readonly number[], options: ConvolutionOptions): Tensor {
  return differentiable(
    [x, dy],
    (save) => {
      save(x, dy);
      return rawOp('Conv2DBackpropFilter', [x, sizes(shape), dy], attributes(options));
    },
    (ddk, saved) => {
      const [input, gradient] = saved as [Tensor, Tensor];
      return [inputGradient(gradient, ddk, input.shape, options), conv2d(input, ddk, options)];
    },
  );
}

function attributes({ stride = 1, padding = 'same', dilation = 1 }: ConvolutionOptions): Record<string, RawAttribute> {
  return {
    T: FLOAT,
    strides: { int: [1, stride, stride, 1] },
    dilations: { int: [1, dilation, dilation, 1] },
    padding: { string: padding.toUpperCase() },
    data_format: { string: 'NHWC' },
  };
}
