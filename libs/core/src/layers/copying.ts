import { tf, type Tensor } from '../engine';
import { softplus } from '../ops/activations';
import { scatterTokens } from '../ops/scatter-tokens';
import { luongAttention } from './attention';
import { dense } from './dense';
import type { FollowOn } from './follow-on';
import { constant } from './initializers';
import type { ForwardContext } from './layer';
import type { Parameters } from './parameters';

/** What a step of the decoder has made, and what it can copy from. */
export interface CopyCall {
  /** [batch, target, units]: the decoder's outputs. */
  hidden: Tensor;
  /** [batch, target, outputs]: what the logits are made from. */
  attended: Tensor;
  /** [batch, target, tokens]: of the vocabulary alone. */
  logits: Tensor;
  /** [batch, source, memory units]. */
  memory: Tensor;
  /** [batch, source] of 0 and 1. */
  mask: Tensor;
  /** [batch, source], int32, in the decoder's own vocabulary. */
  source: Tensor;
  following: FollowOn;
}

export interface Copied {
  /** [batch, target, tokens]: ln of the mixed distribution. */
  logProbabilities: Tensor;
  /** [batch, target, source]: where it would copy from. */
  weights: Tensor;
  /** [batch, target, 1]: probability of not copying. */
  generated: Tensor;
}

/** Before anything is learnt a quarter is generated: a decoder that copies from the start finds out soon where from. */
const START_GATE = -1;
/** What a place that goes on from the last token, and one that goes on a run, have ahead at first. */
const START_FOLLOW = { next: 1, run: 2 };

/**
 * Copies tokens from the source: the pointer-generator of See et al. (2017),
 *
 *     p(w) = p_gen softmax(logits)[w] + (1 - p_gen) sum of a_j over the places j with x_j = w
 *
 * with an attention of its own, as Gu et al. (2016) score copying apart from generating: a word to be translated and a place to be copied
 * from may lie apart. Its scores have what followOn says of each place added, by two learnt weights. Weights: `attention.kernel`, `follow` [2], `gate.*`.
 */
export function copying(parameters: Parameters, { units, outputs, memoryUnits }: Record<'units' | 'outputs' | 'memoryUnits', number>): (call: CopyCall, context: ForwardContext) => Copied {
  const attention = luongAttention(parameters.scope('attention'), units, memoryUnits);
  const next = parameters.scope('follow').weight('next', [1], constant(START_FOLLOW.next));
  const run = parameters.scope('follow').weight('run', [1], constant(START_FOLLOW.run));
  const gate = dense(parameters.scope('gate'), memoryUnits + outputs + 2, 1);
  return ({ hidden, attended, logits, memory, mask, source, following }, context) => {
    const bias = following.next.mul(next).add(following.run.mul(run));
    const { context: seen, weights } = attention.apply(hidden, attention.keys(memory), memory, mask, bias);
    const agreed = [following.next, following.run].map((of) => of.mul(weights).sum(2, true));
    const choice = gate(tf().concat([seen, attended, ...agreed], 2), context).add(START_GATE);
    return { logProbabilities: mixed(logits, choice, scatterTokens(weights, source, logits.shape[2] as number)), weights, generated: choice.sigmoid() };
  };
}

/** Takes the logarithm of 0 to a number, with a slope that is one as well. */
const TINY = 1e-20;

/**
 * ln(p_gen softmax(logits) + (1 - p_gen) copied), each part kept as its logarithm: no logit is too small to be learnt from, and no probability
 * of 0 is met.
 *
 * @param logits [..., tokens]. @param choice [..., 1]: the logit of p_gen. @param copied [..., tokens], probabilities.
 */
export function mixed(logits: Tensor, choice: Tensor, copied: Tensor): Tensor {
  const generated = tf().logSoftmax(logits).sub(softplus(choice.neg()));
  const pointed = copied.add(TINY).log().sub(softplus(choice));
  return generated.add(softplus(pointed.sub(generated)));
}
