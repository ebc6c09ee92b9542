import type { Tensor } from '../engine';
import type { ConvolutionOptions } from './conv2d';
import { differentiable } from './gradient';
import { FLOAT, rawOp, type RawAttribute } from './raw';
import { sizes } from './shape';

/**
 * Convolves each channel by itself. Can be differentiated as often as one likes.
 *
 * @param x [batch, height, width, channels].
 * @param kernel [height, width, channels, multiplier]; the output has channels * multiplier channels.
 */
export function depthwiseConv2d(x: Tensor, kernel: Tensor, options: ConvolutionOptions = {}): Tensor {
  return differentiable(
    [x, kernel],
    (save) => {
      save(x, kernel);
      return rawOp('DepthwiseConv2dNative', [x, kernel], attributes(options));
    },
    (dy, saved) => {
      const [input, weights] = saved as [Tensor, Tensor];
      return [inputGradient(dy, weights, input.shape, options), kernelGradient(input, dy, weights.shape, options)];
    },
  );
}

function inputGradient(dy: Tensor, kernel: Tensor, shape: readonly number[], options: ConvolutionOptions): Tensor {
  return differentiable(
    [dy, kernel],
    (save) => {
      save(dy, kernel);
      return rawOp('DepthwiseConv2dNativeBackpropInput', [sizes(shape), kernel, dy], attributes(options));
    },
    (ddx, saved) => {
      const [gradient, weights] = saved as [Tensor, Tensor];
      return [depthwiseConv2d(ddx, weights, options), kernelGradient(ddx, gradient, weights.shape, options)];
    },
  );
}

function kernelGradient(x: Tensor, dy: Tensor, shape: readonly number[], options: ConvolutionOptions): Tensor {
  return differentiable(
    [x, dy],
    (save) => {
      save(x, dy);
      return rawOp('DepthwiseConv2dNativeBackpropFilter', [x, sizes(shape), dy], attributes(options));
    },
    (ddk, saved) => {
      const [input, gradient] = saved as [Tensor, Tensor];
      return [inputGradient(gradient, ddk, input.shape, options), depthwiseConv2d(input, ddk, options)];
    },
  );
}

function attributes({ stride = 1, padding = 'same' }: ConvolutionOptions): Record<string, RawAttribute> {
  return { T: FLOAT, strides: { int: [1, stride, stride, 1] }, padding: { string: padding.toUpperCase() }, data_format: { string: 'NHWC' } };
}
