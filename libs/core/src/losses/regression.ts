import { tf, type Tensor } from '../engine';
import { differentiable, firstOrderOnly } from '../ops/gradient';
import { meanPerExample, perExample } from './per-example';

// Losses between [batch, ...] tensors of one shape: a mean over each example's elements, [batch].

/** Mean of squared differences. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  return lossOfDifference('mean squared error', prediction, target, (difference) => difference.square(), (difference) => [difference, 2]);
}

/** Mean of absolute differences. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor): Tensor {
  return lossOfDifference('mean absolute error', prediction, target, (difference) => difference.abs(), (difference) => [difference.sign(), 1]);
}

/** Squared difference / 2 up to delta, and from there on linear (Huber, 1964). */
export function huber(prediction: Tensor, target: Tensor, delta = 1): Tensor {
  // With c the difference cut off at delta: c * (difference - c / 2) is both branches in one.
  const cut = (difference: Tensor): Tensor => difference.clipByValue(-delta, delta);
  const value = (difference: Tensor): Tensor => {
    const inner = cut(difference);
    return inner.mul(difference.sub(inner.mul(0.5)));
  };
  return lossOfDifference('Huber loss', prediction, target, value, (difference) => [cut(difference), 1]);
}

/** @param slope The loss' derivative by the difference, as a tensor and a factor, which is cheaper to apply to one number an example. */
function lossOfDifference(
  name: string,
  prediction: Tensor,
  target: Tensor,
  value: (difference: Tensor) => Tensor,
  slope: (difference: Tensor) => [Tensor, number],
): Tensor {
  return differentiable(
    [prediction, target],
    (save) => {
      const difference = tf().sub(prediction, target);
      save(difference);
      return meanPerExample(value(difference));
    },
    (dy, [difference]) => {
      firstOrderOnly(name);
      const [direction, factor] = slope(difference as Tensor);
      const gradient = direction.mul(perExample(dy.mul((factor * dy.size) / direction.size), direction));
      return [gradient, gradient.neg()];
    },
  );
}
