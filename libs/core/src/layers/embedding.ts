import { gatherRows } from '../ops/gather';
import { uniform } from './initializers';
import type { Layer } from './layer';
import type { Initializer, Parameters } from './parameters';

/** Indices, int32 [...] in 0..vocabulary-1 -> vectors [..., features]. Weight: `embeddings` [vocabulary, features]. */
export function embedding(parameters: Parameters, vocabulary: number, features: number, initializer: Initializer = uniform(0.05)): Layer {
  const table = parameters.weight('embeddings', [vocabulary, features], initializer);
  return (indices) => gatherRows(table, indices);
}
