import type { Tensor } from '../engine';
import { differentiable, firstOrderOnly } from '../ops/gradient';
import { FLOAT, INT32, rawOp, rawOps } from '../ops/raw';

/**
 * Cross entropy of softmax(logits) against integer classes, one number an example, stable for logits of any size:
 * TensorFlow's fused SparseSoftmaxCrossEntropyWithLogits, whose second output is the gradient softmax(logits) - onehot. No second
 * derivative.
 *
 * @param logits [batch, classes], float32.
 * @param labels [batch], int32 in 0..classes-1.
 * @returns [batch], float32, in nats.
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return differentiable(
    [logits],
    (save) => {
      const [loss, slope] = rawOps('SparseSoftmaxCrossEntropyWithLogits', [logits, labels], { T: FLOAT, Tlabels: INT32 }, 2) as [Tensor, Tensor];
      save(slope);
      return loss;
    },
    (dy, [slope]) => {
      firstOrderOnly('softmax cross entropy');
      return [(slope as Tensor).mul(dy.expandDims(1))];
    },
  );
}

/**
 * Cross entropy of softmax(logits) against weights of the classes: -sum over k of targets[k] log softmax(logits)[k]. A row of targets is a
 * distribution (smoothed, mixed), or one times the weight of each class. Its gradient is softmax * sum(targets) - targets. No second
 * derivative, and none by the targets.
 *
 * @param logits [batch, classes], float32.
 * @param targets [batch, classes], at least 0.
 * @returns [batch], float32, in nats.
 */
export function softmaxCrossEntropyWithTargets(logits: Tensor, targets: Tensor): Tensor {
  return differentiable(
    [logits],
    (save) => {
      const logarithms = rawOp('LogSoftmax', [logits]);
      save(logarithms, targets);
      return logarithms.mul(targets).sum(1).neg();
    },
    (dy, saved) => {
      firstOrderOnly('softmax cross entropy');
      const [logarithms, wanted] = saved as [Tensor, Tensor];
      return [logarithms.exp().mul(wanted.sum(1, true)).sub(wanted).mul(dy.expandDims(1))];
    },
  );
}
