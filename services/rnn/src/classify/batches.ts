import type { BatchSource, ExampleBatch } from '@quartet/core';
import { evaluationBatches, trainingBatches, type GroupedExamples } from '../training/grouped-batches';
import { inputsOf, type LabelledExamples } from './inputs';
import type { ClassifierPlan } from './plan';

function grouped({ examples, labels }: LabelledExamples, plan: ClassifierPlan): GroupedExamples {
  const inputs = inputsOf(plan);
  return {
    steps: examples.map(({ steps }) => steps),
    lengths: inputs.lengths(plan),
    make(rows, size, length) {
      // Padding repeats the first example; it counts for nothing.
      const padded = Array.from({ length: size }, (_, i) => rows[i] ?? rows[0]!);
      const y = Int32Array.from(padded, (row) => labels[row]!);
      return { inputs: { ...inputs.tensors(padded.map((row) => examples[row]!), plan, length), y: { dtype: 'int32', shape: [size], data: y } }, count: rows.length };
    },
  };
}

export const trainingExamples = (part: LabelledExamples, plan: ClassifierPlan, batchSize: number, seed: bigint): BatchSource => trainingBatches(grouped(part, plan), batchSize, seed);

const EVALUATION_BATCH = 64;

export const evaluationExamples = (part: LabelledExamples, plan: ClassifierPlan): { batches(): Iterable<ExampleBatch> } => evaluationBatches(grouped(part, plan), EVALUATION_BATCH);
