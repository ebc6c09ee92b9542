import type { Tensor } from '../engine';
import { differentiable, firstOrderOnly } from '../ops/gradient';
import { FLOAT, INT32, rawOps } from '../ops/raw';

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
