import type { Tensor } from '../engine';
import { differentiable } from './gradient';
import { FLOAT, INT32, rawOp, type RawAttribute } from './raw';
import { sizes } from './shape';

export type Padding = 'same' | 'valid';

export interface ConvolutionOptions {
  /** Along every axis. Default 1. */
  stride?: number;
  /** Default same. */
  padding?: Padding;
  /** Along every axis. Default 1. */
  dilation?: number;
}

/** TensorFlow's op, and those of its two gradients. */
interface Kind {
  forward: string;
  input: string;
  kernel: string;
  dataFormat: string;
}

interface Geometry {
  strides: number[];
  dilations: number[];
  padding: Padding;
}

const CONV_2D: Kind = { forward: 'Conv2D', input: 'Conv2DBackpropInput', kernel: 'Conv2DBackpropFilter', dataFormat: 'NHWC' };
const CONV_3D: Kind = { forward: 'Conv3D', input: 'Conv3DBackpropInputV2', kernel: 'Conv3DBackpropFilterV2', dataFormat: 'NDHWC' };
const DEPTHWISE: Kind = {
  forward: 'DepthwiseConv2dNative',
  input: 'DepthwiseConv2dNativeBackpropInput',
  kernel: 'DepthwiseConv2dNativeBackpropFilter',
  dataFormat: 'NHWC',
};

/** @param x [batch, time, channels]. @param kernel [width, channels, filters]. */
export function conv1d(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  const y = convolve(CONV_2D, x.expandDims(1), kernel.expandDims(0), geometry(options, [1]));
  return y.squeeze([1]);
}

/** @param x [batch, height, width, channels]. @param kernel [height, width, channels, filters]. */
export function conv2d(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolve(CONV_2D, x, kernel, geometry(options, [1, 1]));
}

/** @param x [batch, depth, height, width, channels]. @param kernel [depth, height, width, channels, filters]. */
export function conv3d(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolve(CONV_3D, x, kernel, geometry(options, [1, 1, 1]));
}

/**
 * Each channel by itself.
 *
 * @param x [batch, height, width, channels].
 * @param kernel [height, width, channels, multiplier]; the result has channels * multiplier channels.
 */
export function depthwiseConv2d(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolve(DEPTHWISE, x, kernel, geometry(options, [1, 1]));
}

/** @param x [batch, time, channels]. @param kernel [width, filters, channels]. See conv2dTranspose. */
export function conv1dTranspose(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  const y = transposed(CONV_2D, x.expandDims(1), kernel.expandDims(0), geometry(options, [1]));
  return y.squeeze([1]);
}

/**
 * Transposed convolution: what a convolution with this kernel has as its gradient by the input. Spatial sizes grow by `stride`; without
 * padding by what the kernel is larger than the stride as well.
 *
 * @param x [batch, height, width, channels]. @param kernel [height, width, filters, channels].
 */
export function conv2dTranspose(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  return transposed(CONV_2D, x, kernel, geometry(options, [1, 1]));
}

/** @param x [batch, depth, height, width, channels]. @param kernel [depth, height, width, filters, channels]. See conv2dTranspose. */
export function conv3dTranspose(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  return transposed(CONV_3D, x, kernel, geometry(options, [1, 1, 1]));
}

// A convolution and its two gradients: each one's gradients are the other two, so all can be differentiated as often as one likes.

function convolve(kind: Kind, x: Tensor, kernel: Tensor, shape: Geometry): Tensor {
  return differentiable(
    [x, kernel],
    (save) => {
      save(x, kernel);
      return rawOp(kind.forward, [x, kernel], attributes(kind, shape));
    },
    (dy, saved) => {
      const [input, weights] = saved as [Tensor, Tensor];
      return [inputGradient(kind, dy, weights, input.shape, shape), kernelGradient(kind, input, dy, weights.shape, shape)];
    },
  );
}

function inputGradient(kind: Kind, dy: Tensor, kernel: Tensor, inputShape: readonly number[], shape: Geometry): Tensor {
  return differentiable(
    [dy, kernel],
    (save) => {
      save(dy, kernel);
      const type: Record<string, RawAttribute> = kind === CONV_3D ? { Tshape: INT32 } : {};
      return rawOp(kind.input, [sizes(inputShape), kernel, dy], { ...attributes(kind, shape), ...type });
    },
    (ddx, saved) => {
      const [gradient, weights] = saved as [Tensor, Tensor];
      return [convolve(kind, ddx, weights, shape), kernelGradient(kind, ddx, gradient, weights.shape, shape)];
    },
  );
}

function kernelGradient(kind: Kind, x: Tensor, dy: Tensor, kernelShape: readonly number[], shape: Geometry): Tensor {
  return differentiable(
    [x, dy],
    (save) => {
      save(x, dy);
      return rawOp(kind.kernel, [x, sizes(kernelShape), dy], attributes(kind, shape));
    },
    (ddk, saved) => {
      const [input, gradient] = saved as [Tensor, Tensor];
      return [inputGradient(kind, gradient, ddk, input.shape, shape), convolve(kind, input, ddk, shape)];
    },
  );
}

function transposed(kind: Kind, x: Tensor, kernel: Tensor, shape: Geometry): Tensor {
  const { strides, dilations, padding } = shape;
  const grown = x.shape.slice(1, -1).map((size, axis) => {
    const [stride, dilation] = [strides[axis + 1] as number, dilations[axis + 1] as number];
    const window = ((kernel.shape[axis] as number) - 1) * dilation + 1;
    return size * stride + (padding === 'same' ? 0 : Math.max(window - stride, 0));
  });
  return inputGradient(kind, x, kernel, [x.shape[0], ...grown, kernel.shape.at(-2) as number], shape);
}

/** @param axes A 1 for each spatial axis of x; a sequence is an image of height 1, which is neither strided nor dilated. */
function geometry({ stride = 1, padding = 'same', dilation = 1 }: ConvolutionOptions, axes: number[]): Geometry {
  const along = (step: number): number[] => [1, ...(axes.length === 1 ? [1] : []), ...axes.map(() => step), 1];
  return { strides: along(stride), dilations: along(dilation), padding };
}

function attributes({ dataFormat }: Kind, { strides, dilations, padding }: Geometry): Record<string, RawAttribute> {
  return {
    T: FLOAT,
    strides: { int: strides },
    dilations: { int: dilations },
    padding: { string: padding.toUpperCase() },
    data_format: { string: dataFormat },
  };
}
