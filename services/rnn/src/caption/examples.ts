import type { BatchSource, EvaluationSource, HostTensor } from '@quartet/core';
import { lengthsOf, padded } from '../decoding/padded';
import { evaluationBatches, trainingBatches, type GroupedExamples } from '../training/grouped-batches';
import type { CaptionerPlan } from './plan';

/** An image's embedding, scaled, and its caption's tokens with the end token. */
export interface Example {
  embedding: Float32Array;
  target: Int32Array;
}

/** Mean and deviation of each feature. A feature that never changes is left at 0. */
export function measureFeatures(embeddings: readonly Float32Array[]): Pick<CaptionerPlan, 'mean' | 'deviation'> {
  const count = embeddings.length;
  const mean = Array.from(embeddings[0]!, (_, feature) => embeddings.reduce((sum, vector) => sum + vector[feature]!, 0) / count);
  const deviation = mean.map((centre, feature) => Math.sqrt(embeddings.reduce((sum, vector) => sum + (vector[feature]! - centre) ** 2, 0) / count) || 1);
  return { mean, deviation };
}

/** To mean 0 and deviation 1 by feature. */
export const scaled = (embedding: Float32Array, { mean, deviation }: Pick<CaptionerPlan, 'mean' | 'deviation'>): Float32Array => embedding.map((value, feature) => (value - mean[feature]!) / deviation[feature]!);

/** [embeddings, features]. */
export function stackedEmbeddings(embeddings: readonly Float32Array[]): HostTensor {
  const features = embeddings[0]!.length;
  const data = new Float32Array(embeddings.length * features);
  embeddings.forEach((vector, row) => data.set(vector, row * features));
  return { dtype: 'float32', shape: [embeddings.length, features], data };
}

/** All captions are padded to one length. */
const grouped = (examples: readonly Example[], maxTokens: number): GroupedExamples => ({
  steps: examples.map(({ target }) => target.length),
  lengths: [maxTokens],
  make(rows, size, length) {
    // Padding repeats the first example; it counts for nothing.
    const some = Array.from({ length: size }, (_, index) => examples[rows[index] ?? rows[0]!]!);
    const targets = some.map(({ target }) => target);
    return { inputs: { embedding: stackedEmbeddings(some.map(({ embedding }) => embedding)), target: padded(targets, length), targetLengths: lengthsOf(targets) }, count: rows.length };
  },
});

export const trainingExamples = (examples: readonly Example[], maxTokens: number, batchSize: number, seed: bigint): BatchSource => trainingBatches(grouped(examples, maxTokens), batchSize, seed);

export const evaluationExamples = (examples: readonly Example[], maxTokens: number, batchSize: number): EvaluationSource => evaluationBatches(grouped(examples, maxTokens), batchSize);
