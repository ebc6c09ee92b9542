import type { Tensor } from '../engine';

/** [batch, ...] -> [batch]. */
export function meanPerExample(x: Tensor): Tensor {
  return x.mean(axesOf(x));
}

/** [batch, ...] -> [batch]. */
export function sumPerExample(x: Tensor): Tensor {
  return x.sum(axesOf(x));
}

/** [batch] -> [batch, 1, ...], to be combined with an x of [batch, ...]. */
export function perExample(values: Tensor, x: Tensor): Tensor {
  return values.reshape([x.shape[0], ...axesOf(x).map(() => 1)]);
}

const axesOf = (x: Tensor): number[] => x.shape.slice(1).map((_, axis) => axis + 1);
