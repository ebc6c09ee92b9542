import type { BatchSource, ExampleBatch } from '@quartet/core';
import { evaluationBatches, trainingBatches, type GroupedExamples } from '../training/grouped-batches';
import type { TaggerPlan } from './plan';
import { sentenceTensors, type TaggedSentence } from './sentences';

function grouped(sentences: readonly TaggedSentence[], { lengths }: TaggerPlan): GroupedExamples {
  return {
    steps: sentences.map(({ steps }) => steps),
    lengths,
    make(rows, size, length) {
      // Padding repeats the first sentence; it counts for nothing.
      const padded = Array.from({ length: size }, (_, i) => sentences[rows[i] ?? rows[0]!]!);
      const y = new Int32Array(size * length);
      padded.forEach(({ tags }, row) => y.set(tags, row * length));
      return { inputs: { ...sentenceTensors(padded, length), y: { dtype: 'int32', shape: [size, length], data: y } }, count: rows.length };
    },
  };
}

export const trainingSentences = (sentences: readonly TaggedSentence[], plan: TaggerPlan, batchSize: number, seed: bigint): BatchSource => trainingBatches(grouped(sentences, plan), batchSize, seed);

const EVALUATION_BATCH = 64;

export const evaluationSentences = (sentences: readonly TaggedSentence[], plan: TaggerPlan): { batches(): Iterable<ExampleBatch> } => evaluationBatches(grouped(sentences, plan), EVALUATION_BATCH);
