import { tf, type Tensor } from '../engine';
import { differentiable, firstOrderOnly } from './gradient';
import { FLOAT, rawOps, type RawAttribute } from './raw';

export interface BatchNormalizationInputs {
  /** [batch, ..., channels], two dimensions or more. */
  x: Tensor;
  /** [channels], as all that follow. */
  gamma: Tensor;
  beta: Tensor;
  mean: Tensor;
  variance: Tensor;
}

/** Mean and (biased) variance of a batch, both [channels]. */
export type BatchStatistics = (mean: Tensor, variance: Tensor) => void;

/**
 * Normalizes by the batch's own statistics and hands them to `observe` (Ioffe and Szegedy, 2015): TensorFlow's
 * FusedBatchNormV3, two passes over the activations forward, two backward. No second derivative.
 */
export function batchNormalizeTraining({ x, gamma, beta }: Omit<BatchNormalizationInputs, 'mean' | 'variance'>, epsilon: number, observe: BatchStatistics): Tensor {
  const image = toImage(x);
  const count = image.size / gamma.size;
  const normalized = differentiable(
    [image, gamma, beta],
    (save) => {
      const empty = tf().tensor1d([]);
      const [y, mean, variance, ...reserved] = rawOps('FusedBatchNormV3', [image, gamma, beta, empty, empty], attributes(epsilon, true), 6) as [Tensor, Tensor, Tensor, ...Tensor[]];
      // TensorFlow gives the unbiased variance.
      observe(mean, count > 1 ? variance.mul((count - 1) / count) : variance);
      save(image, gamma, ...reserved);
      return y;
    },
    (dy, saved) => {
      firstOrderOnly('batch normalization');
      return rawOps('FusedBatchNormGradV3', [dy, ...saved], attributes(epsilon, true), 5).slice(0, 3);
    },
  );
  return x.rank === 4 ? normalized : normalized.reshape(x.shape);
}

/** Normalizes by given statistics, which get no gradient: one pass over the activations. No second derivative. */
export function batchNormalizeInference({ x, gamma, beta, mean, variance }: BatchNormalizationInputs, epsilon: number): Tensor {
  const image = toImage(x);
  const normalized = differentiable(
    [image, gamma, beta],
    (save) => {
      const [y, , , , , last] = rawOps('FusedBatchNormV3', [image, gamma, beta, mean, variance], attributes(epsilon, false), 6) as [Tensor, ...Tensor[]];
      save(image, gamma, mean, variance, last as Tensor);
      return y;
    },
    (dy, saved) => {
      firstOrderOnly('batch normalization');
      return rawOps('FusedBatchNormGradV3', [dy, ...saved], attributes(epsilon, false), 5).slice(0, 3);
    },
  );
  return x.rank === 4 ? normalized : normalized.reshape(x.shape);
}

/** The kernels take [batch, height, width, channels] alone. */
function toImage(x: Tensor): Tensor {
  if (x.rank === 4) return x;
  const [batch, ...rest] = x.shape as [number, ...number[]];
  const channels = rest.at(-1) as number;
  return x.reshape([batch, 1, rest.slice(0, -1).reduce((a, b) => a * b, 1), channels]);
}

function attributes(epsilon: number, training: boolean): Record<string, RawAttribute> {
  return { T: FLOAT, U: FLOAT, epsilon: { float: epsilon }, is_training: { bool: training }, data_format: { string: 'NHWC' } };
}
