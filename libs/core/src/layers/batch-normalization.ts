import { batchNormalizeInference, batchNormalizeTraining } from '../ops/batch-normalization';
import { ones, zeros } from './initializers';
import type { Layer } from './layer';
import type { Parameters } from './parameters';

export interface BatchNormalizationOptions {
  /** Share of the running statistics that a step keeps. Default 0.99. */
  momentum?: number;
  /** Default 0.001. */
  epsilon?: number;
}

/**
 * Batch normalization over the last axis (Ioffe and Szegedy, 2015): [batch, ..., channels]. Weights: `gamma`, `beta`, and the running
 * `moving_mean` and `moving_variance`, which inference uses. The running variance follows the biased one of a batch, as in Keras.
 */
export function batchNormalization(parameters: Parameters, channels: number, options: BatchNormalizationOptions = {}): Layer {
  const { momentum = 0.99, epsilon = 0.001 } = options;
  const gamma = parameters.weight('gamma', [channels], ones);
  const beta = parameters.weight('beta', [channels], zeros);
  const movingMean = parameters.statistic('moving_mean', [channels], 0);
  const movingVariance = parameters.statistic('moving_variance', [channels], 1);
  return (x, { training }) => {
    if (!training) return batchNormalizeInference({ x, gamma, beta, mean: movingMean, variance: movingVariance }, epsilon);
    return batchNormalizeTraining({ x, gamma, beta }, epsilon, (mean, variance) => {
      movingMean.assign(movingMean.add(mean.sub(movingMean).mul(1 - momentum)));
      movingVariance.assign(movingVariance.add(variance.sub(movingVariance).mul(1 - momentum)));
    });
  };
}
