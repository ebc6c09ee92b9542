import { tf } from '../engine';
import { batchNormalizeInference, batchNormalizeTraining } from '../ops/batch-normalization';
import { ones, zeros } from './initializers';
import type { Layer } from './layer';
import type { Parameters } from './parameters';

export interface BatchNormalizationOptions {
  /** Share of the running statistics that a step keeps. Default 0.99. */
  momentum?: number;
  /** Default 0.001. */
  epsilon?: number;
  /**
   * Keeps less at first: (1 + step) / (10 + step) until that reaches the momentum, so that a training of a few dozen steps ends with statistics
   * of its own, not of the start. Default false.
   */
  warmUp?: boolean;
}

/**
 * Batch normalization over the last axis (Ioffe and Szegedy, 2015): [batch, ..., channels]. Weights: `gamma`, `beta`, and the running
 * `moving_mean` and `moving_variance`, which inference uses. The running variance follows the biased one of a batch, as in Keras.
 */
export function batchNormalization(parameters: Parameters, channels: number, options: BatchNormalizationOptions = {}): Layer {
  const { momentum = 0.99, epsilon = 0.001, warmUp = false } = options;
  const gamma = parameters.weight('gamma', [channels], ones);
  const beta = parameters.weight('beta', [channels], zeros);
  const movingMean = parameters.statistic('moving_mean', [channels], 0);
  const movingVariance = parameters.statistic('moving_variance', [channels], 1);
  return (x, { training, random }) => {
    if (!training) return batchNormalizeInference({ x, gamma, beta, mean: movingMean, variance: movingVariance }, epsilon);
    return batchNormalizeTraining({ x, gamma, beta }, epsilon, (mean, variance) => {
      // 1 - (1 + step) / (10 + step) = 9 / (10 + step).
      const share = warmUp && random ? tf().div(9, random.step.cast('float32').add(10)).maximum(1 - momentum) : 1 - momentum;
      movingMean.assign(movingMean.add(mean.sub(movingMean).mul(share)));
      movingVariance.assign(movingVariance.add(variance.sub(movingVariance).mul(share)));
    });
  };
}
