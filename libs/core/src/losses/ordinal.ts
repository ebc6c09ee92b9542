import { tf, type Tensor } from '../engine';
import { CoreError } from '../errors';
import { formatShape } from '../tensor/host-tensor';
import { binaryCrossEntropyWithLogits } from './binary-cross-entropy';

/**
 * Loss of ordered classes (Frank and Hall, 2001; Cheng et al., 2008): one yes-or-no question for each boundary, "is it above class k?",
 * by cross entropy. A prediction two classes off costs more than one class off.
 *
 * @param logits [batch, classes - 1]. @param labels [batch], int32 in 0..classes-1.
 * @returns [batch], in nats: a mean over the boundaries.
 */
export function ordinalCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const [batch, boundaries] = logits.shape as [number, number];
  if (logits.rank !== 2 || labels.rank !== 1 || labels.shape[0] !== batch) {
    throw new CoreError('SHAPE_MISMATCH', `received logits ${formatShape(logits.shape)} and labels ${formatShape(labels.shape)}, expected [batch, classes - 1] and [batch]`);
  }
  const above = labels.expandDims(1).greater(tf().range(0, boundaries, 1, 'int32').expandDims(0));
  return binaryCrossEntropyWithLogits(logits, above.cast('float32'));
}

/** The class that logits of boundaries say: how many of them are passed. [batch, classes - 1] -> [batch], int32. */
export function ordinalClass(logits: Tensor): Tensor {
  return logits.greater(0).cast('int32').sum(1);
}
