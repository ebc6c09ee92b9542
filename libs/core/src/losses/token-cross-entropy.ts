import { tf, type Scalar, type Tensor } from '../engine';
import { CoreError } from '../errors';
import { differentiable, firstOrderOnly } from '../ops/gradient';
import { FLOAT, rawOps } from '../ops/raw';
import { formatShape } from '../tensor/host-tensor';
import { softmaxCrossEntropy } from './softmax-cross-entropy';

/**
 * Cross entropy of each token, in nats; see softmaxCrossEntropy.
 *
 * @param logits [batch, time, classes] or [time, batch, classes], float32. @param labels [batch, time] or [time, batch], int32.
 * @param smoothing The share of each label that is spread evenly over all classes (Szegedy et al., 2016), 0 to below 1. Default 0.
 * @returns As `labels`, float32. Average them by `tokenMean`.
 */
export function tokenCrossEntropy(logits: Tensor, labels: Tensor, smoothing = 0): Tensor {
  const [classes] = logits.shape.slice(-1) as [number];
  if (formatShape(logits.shape.slice(0, -1)) !== formatShape(labels.shape)) {
    throw new CoreError('SHAPE_MISMATCH', `labels: received ${formatShape(labels.shape)}, expected one for each of the logits ${formatShape(logits.shape)}`);
  }
  const [rows, flat] = [logits.reshape([labels.size, classes]), labels.reshape([labels.size])];
  return (smoothing === 0 ? softmaxCrossEntropy(rows, flat) : smoothed(rows, flat, smoothing)).reshape(labels.shape);
}

/**
 * Mean over the tokens that count, of the examples that count: each token weighs the same, whatever the length of its sequence.
 *
 * @param values [batch, time]. @param mask [batch, time] of 0 and 1: see sequenceMask.
 * @param exampleWeights [batch]: ObjectiveInputs'.
 */
export function tokenMean(values: Tensor, mask: Tensor, exampleWeights: Tensor): Scalar {
  const weights = mask.mul(exampleWeights.expandDims(1));
  return values.mul(weights).sum().div(weights.sum());
}

/** [batch, time] of float32: 1 for the first `lengths` steps of each example, then 0. @param lengths [batch], int32. */
export function sequenceMask(lengths: Tensor, time: number): Tensor {
  return tf().range(0, time, 1, 'int32').expandDims(0).less(lengths.expandDims(1)).cast('float32');
}

function smoothed(logits: Tensor, labels: Tensor, smoothing: number): Tensor {
  return differentiable(
    [logits],
    (save) => {
      const classes = logits.shape[1] as number;
      const targets = tf().oneHot(labels, classes).cast('float32').mul(1 - smoothing).add(smoothing / classes);
      const [loss, slope] = rawOps('SoftmaxCrossEntropyWithLogits', [logits, targets], { T: FLOAT }, 2) as [Tensor, Tensor];
      save(slope);
      return loss;
    },
    (dy, [slope]) => {
      firstOrderOnly('smoothed cross entropy');
      return [(slope as Tensor).mul(dy.expandDims(1))];
    },
  );
}
