import type { BatchSource, EvaluationSource, ExampleBatch, HostTensor } from '@quartet/core';
import { epochOrder, type LoadedPart } from '@quartet/data';
import type { ClassifierPlan } from './plan';

/** Steps, and the numbers [steps, channels]. */
export interface Sequence {
  steps: number;
  values: ArrayLike<number>;
}

/**
 * Sequences of any lengths as one batch, scaled, padded with zeros to the longest of all that the model takes, so that all batches
 * have one shape and TensorFlow one graph.
 */
export function sequenceInputs(sequences: readonly Sequence[], { channels, maxSteps, mean, deviation }: ClassifierPlan): Record<'x' | 'lengths', HostTensor> {
  const x = new Float32Array(sequences.length * maxSteps * channels);
  sequences.forEach(({ steps, values }, index) => {
    const offset = index * maxSteps * channels;
    for (let i = 0; i < steps * channels; i++) x[offset + i] = (values[i]! - mean[i % channels]!) / deviation[i % channels]!;
  });
  return {
    x: { dtype: 'float32', shape: [sequences.length, maxSteps, channels], data: x },
    lengths: { dtype: 'int32', shape: [sequences.length], data: Int32Array.from(sequences, ({ steps }) => steps) },
  };
}

/** The sequences of a stored part, which end where NaN begins. */
export function sequencesOf({ count, exampleShape, examples }: LoadedPart): Sequence[] {
  const [time = 0, channels = 0] = exampleShape;
  return Array.from({ length: count }, (_, row) => {
    const values = examples.subarray(row * time * channels, (row + 1) * time * channels);
    const end = values.findIndex((value) => Number.isNaN(value));
    return { steps: end < 0 ? time : Math.floor(end / channels), values };
  });
}

/** A part with its classes. */
export interface LabelledSequences {
  sequences: Sequence[];
  labels: Int32Array;
}

function batchOf({ sequences, labels }: LabelledSequences, rows: Uint32Array, size: number, plan: ClassifierPlan): ExampleBatch {
  // Padding repeats the first example; it counts for nothing.
  const padded = Array.from({ length: size }, (_, i) => rows[i] ?? rows[0]!);
  const y = Int32Array.from(padded, (row) => labels[row]!);
  return { inputs: { ...sequenceInputs(padded.map((row) => sequences[row]!), plan), y: { dtype: 'int32', shape: [size], data: y } }, count: rows.length };
}

export function trainingSequences(part: LabelledSequences, plan: ClassifierPlan, batchSize: number, seed: bigint): BatchSource {
  const rows = Uint32Array.from(part.labels.keys());
  const size = Math.min(batchSize, rows.length);
  return {
    stepsPerEpoch: Math.ceil(rows.length / size),
    batch: (epoch, step) => batchOf(part, epochOrder(rows, seed, epoch).subarray(step * size, (step + 1) * size), size, plan),
  };
}

const EVALUATION_BATCH = 64;

export function evaluationSequences(part: LabelledSequences, plan: ClassifierPlan): EvaluationSource {
  const rows = Uint32Array.from(part.labels.keys());
  return {
    *batches() {
      for (let at = 0; at < rows.length; at += EVALUATION_BATCH) {
        const some = rows.subarray(at, at + EVALUATION_BATCH);
        yield batchOf(part, some, EVALUATION_BATCH, plan);
      }
    },
  };
}
