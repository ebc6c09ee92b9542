import { biasAdd } from '../ops/bias-add';
import { gatherRows } from '../ops/gather';
import { matMul } from '../ops/mat-mul';
import { uniform, zeros } from './initializers';
import type { Layer } from './layer';
import type { Initializer, Parameters } from './parameters';

/** Indices, int32 [...] in 0..vocabulary-1 -> vectors [..., features]. Weight: `embeddings` [vocabulary, features]. */
export function embedding(parameters: Parameters, vocabulary: number, features: number, initializer: Initializer = uniform(0.05)): Layer {
  const table = parameters.weight('embeddings', [vocabulary, features], initializer);
  return (indices) => gatherRows(table, indices);
}

/**
 * One table for all that has to do with a vocabulary: what tokens are read as, and the kernel of the logits of the next one (Press and Wolf, 2017). What is
 * learnt of a token in one place holds in the other, which matters where texts are few. Weights: `embeddings` [vocabulary, features], `bias` [vocabulary].
 */
export function sharedEmbedding(parameters: Parameters, vocabulary: number, features: number): Record<'embed' | 'logits', Layer> {
  const table = parameters.weight('embeddings', [vocabulary, features], uniform(0.1));
  const bias = parameters.weight('bias', [vocabulary], zeros);
  return {
    embed: (indices) => gatherRows(table, indices),
    /** [..., features] -> [..., vocabulary]. */
    logits: (x) => biasAdd(matMul(x.reshape([x.size / features, features]), table, false, true), bias).reshape([...x.shape.slice(0, -1), vocabulary]),
  };
}
