import { batchNormalization } from '../layers/batch-normalization';
import { conv1d, conv1dTranspose, conv2d, conv2dTranspose, conv3d, conv3dTranspose, depthwiseConv2d, separableConv2d } from '../layers/convolution';
import { dense } from '../layers/dense';
import { embedding } from '../layers/embedding';
import type { Activation } from '../layers/activation';
import type { Layer } from '../layers/layer';
import { layerNormalization } from '../layers/layer-normalization';
import type { Parameters } from '../layers/parameters';
import { averagePool2d, globalAveragePool, maxPool2d } from '../layers/pool';
import { activation } from '../layers/sequential';
import { flatten, upsample2d } from '../layers/shape';

export interface LayerCase {
  make: (parameters: Parameters) => Layer;
  /** Whether a loss may depend on its gradient. Default true. */
  twice?: boolean;
}

const activations: Activation[] = ['relu', 'leakyRelu', 'elu', 'tanh', 'sigmoid', 'gelu', 'softplus'];

/** The layers of golden/layers.json. */
export const LAYER_CASES: Readonly<Record<string, LayerCase>> = {
  dense: { make: (p) => dense(p, 5, 3) },
  denseOverTime: { make: (p) => dense(p, 5, 4, { activation: 'tanh' }) },
  conv1d: { make: (p) => conv1d(p, 3, 4, { stride: 2 }) },
  conv1dCausal: { make: (p) => conv1d(p, 3, 4, { padding: 'causal', dilation: 2 }) },
  conv1dTranspose: { make: (p) => conv1dTranspose(p, 3, 4, { kernelSize: 4, stride: 2 }) },
  conv2d: { make: (p) => conv2d(p, 2, 4, { padding: 'valid' }) },
  conv2dStrided: { make: (p) => conv2d(p, 2, 4, { stride: 2 }) },
  conv2dDilated: { make: (p) => conv2d(p, 2, 4, { dilation: 2 }) },
  conv2dTranspose: { make: (p) => conv2dTranspose(p, 2, 4, { kernelSize: 4, stride: 2 }) },
  conv2dTransposeValid: { make: (p) => conv2dTranspose(p, 2, 4, { stride: 2, padding: 'valid' }) },
  conv3d: { make: (p) => conv3d(p, 2, 3, { stride: 2 }) },
  conv3dTranspose: { make: (p) => conv3dTranspose(p, 3, 2, { stride: 2 }) },
  depthwiseConv2d: { make: (p) => depthwiseConv2d(p, 2, 2) },
  separableConv2d: { make: (p) => separableConv2d(p, 2, 4) },
  batchNormalization: { make: (p) => batchNormalization(p, 2, { momentum: 0.9, epsilon: 0.01 }), twice: false },
  batchNormalizationOfVectors: { make: (p) => batchNormalization(p, 4), twice: false },
  layerNormalization: { make: (p) => layerNormalization(p, 8), twice: false },
  embedding: { make: (p) => embedding(p, 6, 3) },
  maxPool2d: { make: () => maxPool2d() },
  maxPool2dSame: { make: () => maxPool2d({ size: 3, stride: 2, padding: 'same' }) },
  averagePool2d: { make: () => averagePool2d() },
  averagePool2dSame: { make: () => averagePool2d({ size: 3, stride: 2, padding: 'same' }) },
  globalAveragePool: { make: () => globalAveragePool() },
  flatten: { make: () => flatten() },
  upsample2d: { make: () => upsample2d() },
  ...Object.fromEntries(activations.map((name): [string, LayerCase] => [name, { make: () => activation(name), twice: name !== 'gelu' && name !== 'softplus' }])),
};
