import { dense, dropout, embedding, initializers, joinSteps, Parameters, tf, type ForwardContext, type Layer, type NamedVariable, type Tensor } from '@quartet/core';
import { recurrentStack } from '../network/recurrent';
import { wordDropout } from '../text/word-dropout';
import type { TaggerPlan } from './plan';
import { SPELLED } from './token';

export interface Tagger {
  readonly weights: readonly NamedVariable[];
  /** From `ids` [batch, time], `characters` [batch, time, SPELLED] and `lengths` [batch], all int32: logits [batch, time, tags]. */
  logits(inputs: Record<string, Tensor>, context: ForwardContext): Tensor;
  dispose(): void;
}

/** Tokens' embeddings and what their spelling gives (Ma and Hovy, 2016), recurrent layers, a tag for each step. */
export function buildTagger(plan: TaggerPlan, seed: bigint): Tagger {
  const { network, tags } = plan;
  const parameters = new Parameters(seed);
  const unknown = wordDropout(parameters.scope('words'), plan.wordDropout);
  const embed = embedding(parameters.scope('embedding'), plan.tokenizer.tokens.length, plan.embedding);
  const spell = spelling(parameters.scope('spelling'), plan.characters.tokens.length, plan.spelling);
  const dropInput = dropout(parameters.scope('input'), plan.embeddingDropout);
  const stack = recurrentStack(parameters.scope('recurrent'), plan.embedding + plan.spelling, network);
  const dropOutput = dropout(parameters.scope('output'), network.dropout);
  const output = dense(parameters.scope('logits'), stack.units, tags, { initializer: initializers.smallOutput });
  return {
    weights: parameters.all,
    logits({ ids, characters, lengths }, context) {
      const x = dropInput(embed(unknown(ids!, context), context).concat(spell(characters!, context), 2), context);
      const { steps } = stack.apply(x, { lengths: lengths!, sequences: true, zeroMasked: true });
      return output(dropOutput(joinSteps(steps), context), context);
    },
    dispose: () => parameters.dispose(),
  };
}

const WINDOW = 3;

/**
 * [batch, time, SPELLED] -> [batch, time, features]: a convolution over a token's characters, three at a time, and each filter's largest
 * output. A product with a one-hot vector is a row of the kernel, so that the whole is looking up and adding. Weights: `embeddings`
 * [vocabulary, 3 * features], `bias` [features].
 */
function spelling(parameters: Parameters, vocabulary: number, features: number): Layer {
  const kernel = embedding(parameters, vocabulary, WINDOW * features, initializers.uniform(0.1));
  const bias = parameters.weight('bias', [features], initializers.zeros);
  return (characters, context) => {
    const [batch, time] = characters.shape as [number, number];
    const rows = kernel(characters.reshape([batch * time, SPELLED]), context);
    const shares = tf().split(rows, WINDOW, 2);
    const places = SPELLED - WINDOW + 1;
    const sum = shares.map((share, at) => share.slice([0, at, 0], [-1, places, -1])).reduce((a, b) => a.add(b));
    return sum.add(bias).relu().max(1).reshape([batch, time, features]);
  };
}
