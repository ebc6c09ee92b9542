import { ctcFrames, type ExampleBatch } from '@quartet/core';
import type { Features } from '../audio/front-end';

/** Sound with what is said in it. */
export interface Spoken {
  features: Features;
  labels: readonly number[];
}

/** Whether labels can be told apart in so many steps; without any there is nothing to learn. */
export const fits = (labels: readonly number[], steps: number): boolean => labels.length > 0 && ctcFrames(labels) <= steps;

/**
 * Examples as core's transcription objective takes them, padded to `bucket` steps, `longest` labels and `size` examples; padding repeats
 * the first one, and counts for nothing.
 */
export function spokenBatch(some: readonly Spoken[], { bucket, longest, size, width }: { bucket: number; longest: number; size: number; width: number }): ExampleBatch {
  const x = new Float32Array(size * bucket * width);
  const [steps, labels, labelLengths] = [new Int32Array(size), new Int32Array(size * longest), new Int32Array(size)];
  for (let row = 0; row < size; row++) {
    const { features, labels: own } = some[row] ?? some[0]!;
    x.set(features.data.subarray(0, bucket * width), row * bucket * width);
    steps[row] = Math.min(features.steps, bucket);
    labels.set(own, row * longest);
    labelLengths[row] = own.length;
  }
  return {
    inputs: {
      x: { dtype: 'float32', shape: [size, bucket, width], data: x },
      steps: { dtype: 'int32', shape: [size], data: steps },
      labels: { dtype: 'int32', shape: [size, longest], data: labels },
      labelLengths: { dtype: 'int32', shape: [size], data: labelLengths },
    },
    count: some.length,
  };
}
