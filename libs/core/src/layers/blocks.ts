import type { Activation } from './activation';
import { batchNormalization } from './batch-normalization';
import { conv2d, depthwiseConv2d } from './convolution';
import { heNormal } from './initializers';
import type { Layer } from './layer';
import type { Parameters } from './parameters';
import { activation, residual, sequential } from './sequential';

export interface BlockOptions {
  /** Of the block's first convolution. Default 1. */
  stride?: number;
  /** Default relu. */
  activation?: Activation;
}

/** A training may be short. */
const NORM = { warmUp: true } as const;
/** Before a batch normalization: no bias, and He's initialization though the activation comes later. */
const PLAIN = { bias: false, initializer: heNormal } as const;

/**
 * Residual block (He et al., 2016): [batch, height, width, channels] -> [batch, height', width', filters]. Weights: `conv1.kernel`, `norm1.*`,
 * `conv2.kernel`, `norm2.*`; where the shape changes also `shortcut.kernel` [1, 1, channels, filters] and `shortcutNorm.*`.
 */
export function residualBlock(parameters: Parameters, channels: number, filters: number, options: BlockOptions = {}): Layer {
  const { stride = 1, activation: name = 'relu' } = options;
  const inner = sequential(
    conv2d(parameters.scope('conv1'), channels, filters, { stride, ...PLAIN }),
    batchNormalization(parameters.scope('norm1'), filters, NORM),
    activation(name),
    conv2d(parameters.scope('conv2'), filters, filters, PLAIN),
    batchNormalization(parameters.scope('norm2'), filters, NORM),
  );
  const keepsShape = stride === 1 && channels === filters;
  const shortcut = keepsShape
    ? undefined
    : sequential(conv2d(parameters.scope('shortcut'), channels, filters, { kernelSize: 1, stride, ...PLAIN }), batchNormalization(parameters.scope('shortcutNorm'), filters, NORM));
  return sequential(residual(inner, shortcut), activation(name));
}

/**
 * Depthwise-separable block (Howard et al., 2017): [batch, height, width, channels] -> [batch, height', width', filters]. Weights:
 * `depthwise.kernel` [3, 3, channels, 1], `norm1.*`, `pointwise.kernel` [1, 1, channels, filters], `norm2.*`.
 */
export function separableBlock(parameters: Parameters, channels: number, filters: number, options: BlockOptions = {}): Layer {
  const { stride = 1, activation: name = 'relu' } = options;
  return sequential(
    depthwiseConv2d(parameters.scope('depthwise'), channels, 1, { stride, bias: false, activation: 'linear' }),
    batchNormalization(parameters.scope('norm1'), channels, NORM),
    activation(name),
    conv2d(parameters.scope('pointwise'), channels, filters, { kernelSize: 1, ...PLAIN }),
    batchNormalization(parameters.scope('norm2'), filters, NORM),
    activation(name),
  );
}
