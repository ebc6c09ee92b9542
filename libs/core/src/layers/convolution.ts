import { tf, type Tensor } from '../engine';
import * as op from '../ops/convolution';
import { affine, type AffineOptions } from './affine';
import { heNormalDepthwise } from './initializers';
import type { Layer } from './layer';
import type { Parameters } from './parameters';

export interface ConvolutionLayerOptions extends AffineOptions, op.ConvolutionOptions {
  /** Along every axis. Default 3. */
  kernelSize?: number;
}

export interface Conv1dOptions extends Omit<ConvolutionLayerOptions, 'padding'> {
  /** `causal`: an output sees no later input (van den Oord et al., 2016). Default same. */
  padding?: op.Padding | 'causal';
}

/** [batch, time, channels] -> [batch, time', filters]. Weights: `kernel` [size, channels, filters], `bias` [filters]. */
export function conv1d(parameters: Parameters, channels: number, filters: number, options: Conv1dOptions = {}): Layer {
  const { kernelSize = 3, dilation = 1, padding, ...rest } = options;
  const before = (kernelSize - 1) * dilation;
  return affine(parameters, [kernelSize, channels, filters], filters, rest, (x, kernel) =>
    padding === 'causal'
      ? op.conv1d(tf().pad(x, [[0, 0], [before, 0], [0, 0]]), kernel, { stride: rest.stride, dilation, padding: 'valid' })
      : op.conv1d(x, kernel, { stride: rest.stride, dilation, padding }),
  );
}

/** [batch, height, width, channels] -> [batch, height', width', filters]. Weights: `kernel` [size, size, channels, filters], `bias` [filters]. */
export function conv2d(parameters: Parameters, channels: number, filters: number, options: ConvolutionLayerOptions = {}): Layer {
  return affine(parameters, [...window(2, options), channels, filters], filters, options, (x, kernel) => op.conv2d(x, kernel, options));
}

/** [batch, depth, height, width, channels] -> [batch, depth', height', width', filters]. Weights: `kernel` [size, size, size, channels, filters], `bias` [filters]. */
export function conv3d(parameters: Parameters, channels: number, filters: number, options: ConvolutionLayerOptions = {}): Layer {
  return affine(parameters, [...window(3, options), channels, filters], filters, options, (x, kernel) => op.conv3d(x, kernel, options));
}

/** [batch, time, channels] -> [batch, time', filters]; see conv2dTranspose. */
export const conv1dTranspose = transposed(1, op.conv1dTranspose);

/**
 * Transposed convolution: [batch, height, width, channels] -> [batch, height * stride, width * stride, filters] with padding `same`.
 * Weights, as in Keras: `kernel` [size, size, filters, channels], `bias` [filters].
 */
export const conv2dTranspose = transposed(2, op.conv2dTranspose);

/** [batch, depth, height, width, channels] -> [batch, depth', height', width', filters]; see conv2dTranspose. */
export const conv3dTranspose = transposed(3, op.conv3dTranspose);

/** Each channel by itself: [batch, height, width, channels] -> [batch, height', width', channels * multiplier]. Weights: `kernel` [size, size, channels, multiplier], `bias`. */
export function depthwiseConv2d(parameters: Parameters, channels: number, multiplier = 1, options: ConvolutionLayerOptions = {}): Layer {
  const initializer = options.initializer ?? heNormalDepthwise;
  return affine(parameters, [...window(2, options), channels, multiplier], channels * multiplier, { ...options, initializer }, (x, kernel) => op.depthwiseConv2d(x, kernel, options));
}

/** Depthwise, then 1 x 1 over the channels (Chollet, 2017). Weights: `depthwise.kernel`, `pointwise.kernel`, `pointwise.bias`. */
export function separableConv2d(parameters: Parameters, channels: number, filters: number, options: ConvolutionLayerOptions = {}): Layer {
  const { kernelSize, stride, padding, dilation, ...rest } = options;
  const depthwise = depthwiseConv2d(parameters.scope('depthwise'), channels, 1, { kernelSize, stride, padding, dilation, bias: false });
  const pointwise = conv2d(parameters.scope('pointwise'), channels, filters, { ...rest, kernelSize: 1 });
  return (x, context) => pointwise(depthwise(x, context), context);
}

function transposed(axes: number, product: (x: Tensor, kernel: Tensor, options: op.ConvolutionOptions) => Tensor) {
  return (parameters: Parameters, channels: number, filters: number, options: ConvolutionLayerOptions = {}): Layer =>
    affine(parameters, [...window(axes, options), filters, channels], filters, options, (x, kernel) => product(x, kernel, options));
}

const window = (axes: number, { kernelSize = 3 }: ConvolutionLayerOptions): number[] => new Array<number>(axes).fill(kernelSize);
