import { nodeBackend, tf, type Tensor } from '../engine';

/**
 * Cross entropy of softmax(logits) against integer classes, one number an example, stable for logits of any size:
 * TensorFlow's fused SparseSoftmaxCrossEntropyWithLogits, whose second output is the gradient softmax(logits) - onehot.
 *
 * @param logits [batch, classes], float32.
 * @param labels [batch], int32 in 0..classes-1.
 * @returns [batch], float32, in nats.
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const { TF_FLOAT, TF_INT32, TF_ATTR_TYPE } = nodeBackend().binding;
  const attributes = [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'Tlabels', type: TF_ATTR_TYPE, value: TF_INT32 },
  ];
  const compute = tf().customGrad((input, save) => {
    const [loss, slope] = nodeBackend().executeMultipleOutputs(
      'SparseSoftmaxCrossEntropyWithLogits',
      attributes,
      [input as Tensor, labels],
      2,
    ) as [Tensor, Tensor];
    (save as (tensors: Tensor[]) => void)([slope]);
    return { value: loss, gradFunc: (dy: Tensor, saved: Tensor[]) => (saved[0] as Tensor).mul(dy.expandDims(1)) };
  });
  return compute(logits);
}
