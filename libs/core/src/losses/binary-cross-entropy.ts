import type { Tensor } from '../engine';
import { differentiable, firstOrderOnly } from '../ops/gradient';
import { rawOp } from '../ops/raw';
import { meanPerExample, perExample } from './per-example';

/**
 * Cross entropy of sigmoid(logits) against targets in 0..1, a mean over each example's elements, stable for logits of any size:
 * softplus(x) - x z, whose gradient is sigmoid(x) - z. No second derivative, and none by the targets.
 *
 * @param logits [batch, ...]. @param targets [batch, ...], the same shape.
 * @returns [batch], in nats.
 */
export function binaryCrossEntropyWithLogits(logits: Tensor, targets: Tensor): Tensor {
  return differentiable(
    [logits],
    (save) => {
      save(logits, targets);
      return meanPerExample(rawOp('Softplus', [logits]).sub(logits.mul(targets)));
    },
    (dy, saved) => {
      firstOrderOnly('binary cross entropy');
      const [x, z] = saved as [Tensor, Tensor];
      return [rawOp('Sigmoid', [x]).sub(z).mul(perExample(dy.mul(dy.size / x.size), x))];
    },
  );
}
