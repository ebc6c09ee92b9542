import { tf, type Tensor } from '../engine';
import type { ForwardContext } from '../layers/layer';
import type { Parameters } from '../layers/parameters';
import { zeros } from '../layers/initializers';

/** Examples that are compared with each other. */
const GROUP = 8;
/** Share of the running mean that a step keeps. */
const MOMENTUM = 0.99;

/**
 * What the spread of a group's features adds to each score of the group, [batch, 1] (Karras et al., 2018): the mean over the features of their
 * standard deviation among neighbours in the batch, times a weight `slope`. Outside of training, where a group may be a single example, it is the
 * running mean `deviation` instead.
 */
export function minibatchDeviation(parameters: Parameters): (features: Tensor, context: ForwardContext) => Tensor {
  const slope = parameters.weight('slope', [1, 1], zeros);
  const running = parameters.statistic('deviation', [1, 1], 0);
  return (features, { training }) => {
    if (!training) return running.mul(slope);
    const [batch, count] = features.shape as [number, number];
    const size = largestDivisor(batch, GROUP);
    const groups = features.reshape([batch / size, size, count]);
    const spread = groups.sub(groups.mean(1, true)).square().mean(1).add(1e-8).sqrt().mean(1, true); // [groups, 1]
    // The statistic has no part in the gradient; reading it back by its value keeps the tape out of it.
    running.assign(tf().tidy(() => running.mul(MOMENTUM).add(spread.mean().mul(1 - MOMENTUM))));
    const each = spread.reshape([batch / size, 1, 1]).tile([1, size, 1]).reshape([batch, 1]);
    return each.mul(slope);
  };
}

function largestDivisor(of: number, atMost: number): number {
  for (let size = Math.min(of, atMost); size > 1; size -= 1) if (of % size === 0) return size;
  return 1;
}
