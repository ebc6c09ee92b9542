import { conv2d as convolve, conv2dTranspose as convolveTransposed, type ConvolutionOptions } from '../ops/conv2d';
import { depthwiseConv2d as convolveDepthwise } from '../ops/depthwise-conv2d';
import { affine, type AffineOptions } from './affine';
import type { Layer } from './layer';
import type { Parameters } from './parameters';

export interface Conv2dOptions extends AffineOptions, ConvolutionOptions {
  /** Default 3. */
  kernelSize?: number;
}

/** [batch, height, width, channels] -> [batch, height', width', filters]. Weights: `kernel` [size, size, channels, filters], `bias` [filters]. */
export function conv2d(parameters: Parameters, channels: number, filters: number, options: Conv2dOptions = {}): Layer {
  const { kernelSize = 3 } = options;
  return affine(parameters, [kernelSize, kernelSize, channels, filters], filters, options, (x, kernel) => convolve(x, kernel, options));
}

/**
 * Transposed convolution: [batch, height, width, channels] -> [batch, height * stride, width * stride, filters] with padding `same`.
 * Weights, as in Keras: `kernel` [size, size, filters, channels], `bias` [filters].
 */
export function conv2dTranspose(parameters: Parameters, channels: number, filters: number, options: Conv2dOptions = {}): Layer {
  const { kernelSize = 3 } = options;
  return affine(parameters, [kernelSize, kernelSize, filters, channels], filters, options, (x, kernel) => convolveTransposed(x, kernel, options));
}

/** Each channel by itself: [batch, height, width, channels] -> [batch, height', width', channels * multiplier]. Weights: `kernel` [size, size, channels, multiplier], `bias`. */
export function depthwiseConv2d(parameters: Parameters, channels: number, multiplier = 1, options: Conv2dOptions = {}): Layer {
  const { kernelSize = 3 } = options;
  return affine(parameters, [kernelSize, kernelSize, channels, multiplier], channels * multiplier, options, (x, kernel) => convolveDepthwise(x, kernel, options));
}

/** Depthwise, then 1 x 1 over the channels (Chollet, 2017). Weights: `depthwise.kernel`, `pointwise.kernel`, `pointwise.bias`. */
export function separableConv2d(parameters: Parameters, channels: number, filters: number, options: Conv2dOptions = {}): Layer {
  const { kernelSize, stride, padding, dilation, ...rest } = options;
  const depthwise = depthwiseConv2d(parameters.scope('depthwise'), channels, 1, { kernelSize, stride, padding, dilation, bias: false });
  const pointwise = conv2d(parameters.scope('pointwise'), channels, filters, { ...rest, kernelSize: 1 });
  return (x, context) => pointwise(depthwise(x, context), context);
}
