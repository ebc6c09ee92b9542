import type { HostTensor } from '@quartet/core';
import { loadPart, type LoadedPart } from '@quartet/data';
import { readMatrix } from '../inputs/matrix';
import { missingOf } from '../inputs/missing';
import { inputNoise } from '../network/recurrent';
import { checkCount } from '../inputs/check-count';
import type { ClassifierInputs, Example } from './inputs';
import type { NumbersPlan } from './plan';
import { checkOnly } from './request';

/** Steps, and the numbers [steps, channels]. */
export interface Sequence extends Example {
  values: ArrayLike<number>;
}

/** Sequences of numbers: scaled, padded with zeros to the longest of all that the model takes. */
export const numbers: ClassifierInputs<NumbersPlan, Sequence> = {
  lengths: ({ maxSteps }) => [maxSteps],
  signature: ({ channels }, steps) => ({ x: { dtype: 'float32', shape: [steps, channels] }, lengths: { dtype: 'int32', shape: [] } }),
  tensors: sequenceTensors,
  async load({ examples, labels }) {
    const part = await loadPart(examples, labels);
    return { examples: sequencesOf(part), labels: part.labels };
  },
  front(parameters, { channels, network }) {
    const noise = inputNoise(parameters.scope('noise'), network);
    return { features: channels, apply: ({ x }, context) => noise(x!, context) };
  },
  read(request, plan, most) {
    checkOnly(request, 'sequences', 'sequences of numbers');
    checkCount(request.sequences.length, 'sequences', most);
    const missing = missingOf(request.missing);
    return request.sequences.map((tensor, index) => {
      const expectation = { field: `sequences[${index}]`, columns: plan.channels, columnNames: `${plan.channels} channels`, minRows: 1, maxRows: plan.maxSteps, missing };
      const { rows, values, interpolated } = readMatrix(tensor, expectation);
      return { example: { steps: rows, values }, notes: { interpolated } };
    });
  },
};

function sequenceTensors(sequences: readonly Sequence[], { channels, mean, deviation }: NumbersPlan, longest: number): Record<'x' | 'lengths', HostTensor> {
  const x = new Float32Array(sequences.length * longest * channels);
  sequences.forEach(({ steps, values }, index) => {
    const offset = index * longest * channels;
    for (let i = 0; i < steps * channels; i++) x[offset + i] = (values[i]! - mean[i % channels]!) / deviation[i % channels]!;
  });
  return {
    x: { dtype: 'float32', shape: [sequences.length, longest, channels], data: x },
    lengths: { dtype: 'int32', shape: [sequences.length], data: Int32Array.from(sequences, ({ steps }) => steps) },
  };
}

/** The sequences of a stored part, which end where NaN begins. */
function sequencesOf({ count, exampleShape, examples }: LoadedPart): Sequence[] {
  const [time = 0, channels = 0] = exampleShape;
  return Array.from({ length: count }, (_, row) => {
    const values = examples.subarray(row * time * channels, (row + 1) * time * channels);
    const end = values.findIndex((value) => Number.isNaN(value));
    return { steps: end < 0 ? time : Math.floor(end / channels), values };
  });
}
