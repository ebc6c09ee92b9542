import { tf, type Tensor } from '../engine';
import { CoreError } from '../errors';
import { formatShape } from '../tensor/host-tensor';

/**
 * Pinball loss (Koenker and Bassett, 1978), whose minimum is at the quantiles: q times what a prediction is too low by, 1 - q times what
 * it is too high by; a mean over each example's elements and the quantiles.
 *
 * @param predictions [batch, ..., quantiles]. @param targets [batch, ...].
 * @param quantiles Each above 0 and below 1.
 * @returns [batch].
 */
export function pinball(predictions: Tensor, targets: Tensor, quantiles: readonly number[]): Tensor {
  const expected = formatShape([...targets.shape, quantiles.length]);
  if (formatShape(predictions.shape) !== expected) {
    throw new CoreError('SHAPE_MISMATCH', `received predictions of ${formatShape(predictions.shape)}, expected ${expected}: a number for each target and quantile`);
  }
  const wrong = quantiles.find((quantile) => !(quantile > 0 && quantile < 1));
  if (wrong !== undefined) throw CoreError.invalid('quantiles', `received ${wrong}, expected numbers above 0 and below 1`);
  const below = targets.expandDims(-1).sub(predictions);
  const share = tf().tensor1d([...quantiles]);
  const losses = below.mul(share).maximum(below.mul(share.sub(1)));
  return losses.mean(losses.shape.slice(1).map((_, axis) => axis + 1));
}
