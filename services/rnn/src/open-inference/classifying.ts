import { QuartetError, rnn, type Tensor } from '@quartet/contracts';
import { fromFloats, toBlobs, toIntegers, toTensors, toTexts, type InferenceTensors, type InputSpec } from '@quartet/service-kit';
import { classify } from '../classify/classify';
import { readsNumbers, type ClassifierPlan } from '../classify/plan';
import { exactly } from './exactly';
import type { OpenTask } from './open-inference';

/** Sequences, texts or recordings in, the probabilities of the classes out. */
export const classifying: OpenTask<ClassifierPlan> = {
  signature: (plan, classNames) => ({
    inputs: inputsOf(plan),
    outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [-1, plan.classes], classNames: Array.from({ length: plan.classes }, (_, index) => classNames[index] ?? `${index}`) }],
  }),
  async infer(runtime, version, { classes }, inputs, call) {
    const { results } = await classify(runtime, rnn.ClassifyRequest.fromPartial({ model: exactly(version), topK: classes, ...requestOf(inputs) }), call);
    const probabilities = new Float32Array(results.length * classes);
    results.forEach((result, row) => result.classes.forEach(({ index, probability }) => (probabilities[row * classes + index] = probability)));
    return { probabilities: fromFloats(probabilities, [results.length, classes]) };
  },
};

function inputsOf(plan: ClassifierPlan): InputSpec[] {
  if (!readsNumbers(plan)) return [{ name: plan.reads, datatypes: ['BYTES'], shape: [-1] }];
  return [
    { name: 'sequences', datatypes: ['FP32', 'FP64'], shape: [-1, -1, plan.channels] },
    // Steps of each; default: all.
    { name: 'lengths', datatypes: ['INT64'], shape: [-1], optional: true },
  ];
}

function requestOf({ sequences, lengths, texts, recordings }: InferenceTensors): Partial<Pick<rnn.ClassifyRequest, 'sequences' | 'texts' | 'recordings'>> {
  if (texts) return { texts: toTexts(texts, 'texts') };
  if (recordings) return { recordings: [...toBlobs(recordings)] };
  const all = toTensors(sequences!);
  return { sequences: lengths ? cut(all, toIntegers(lengths)) : all };
}

/** Each sequence [time, channels] without the steps after its length. */
function cut(sequences: readonly Tensor[], lengths: readonly bigint[]): Tensor[] {
  return sequences.map(({ dtype, shape: [time = 0n, channels = 0n], data }, row) => {
    const length = lengths[row]!;
    if (length < 1n || length > time) throw QuartetError.invalid(`lengths[${row}]`, `is ${length}, expected 1 to ${time}, the steps that were sent`);
    return { dtype, shape: [length, channels], data: data.subarray(0, Number((BigInt(data.length) / time) * length)) };
  });
}
