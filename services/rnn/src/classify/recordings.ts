import { QuartetError } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { decodeAudio } from '@quartet/data';
import { FrontEnd, type Features } from '../audio/front-end';
import { Listener } from '../audio/listen';
import { loadRecordings } from '../audio/recordings';
import { inputNoise } from '../network/recurrent';
import { checkCount } from '../inputs/check-count';
import type { ClassifierInputs, ReadExample } from './inputs';
import type { RecordingsPlan } from './plan';
import { checkOnly } from './request';

/** Longest recording that is decoded, of which the model reads the beginning. */
const MOST_SECONDS = 600;

/** Recordings: log-mel frames of their beginning, as much as the model reads. */
export const recordings: ClassifierInputs<RecordingsPlan, Features> = {
  lengths: ({ lengths }) => lengths,
  signature: ({ frontEnd: { bands, stack } }, steps) => ({ x: { dtype: 'float32', shape: [steps, bands * stack] }, lengths: { dtype: 'int32', shape: [] } }),
  tensors: featureTensors,
  async load(files, _, plan) {
    const part = await loadRecordings(files);
    const frontEnd = new FrontEnd(plan.frontEnd);
    return { examples: Array.from({ length: part.count }, (_, row) => hear(part.samples(row), frontEnd, plan)), labels: part.classes };
  },
  front(parameters, { frontEnd: { bands, stack }, network }) {
    const noise = inputNoise(parameters.scope('noise'), network);
    return { features: bands * stack, apply: ({ x }, context) => noise(x!, context) };
  },
  async read(request, plan, most) {
    checkOnly(request, 'recordings', 'recordings');
    checkCount(request.recordings.length, 'recordings', most);
    const read: ReadExample<Features>[] = [];
    for (const [index, bytes] of request.recordings.entries()) read.push(await readRecording(bytes, `recordings[${index}]`, plan));
    return read;
  },
};

async function readRecording(bytes: Uint8Array, field: string, plan: RecordingsPlan): Promise<ReadExample<Features>> {
  const frontEnd = new FrontEnd(plan.frontEnd);
  const { sampleRate } = plan.frontEnd;
  const { samples, seconds } = await decodeAudio(bytes, { sampleRate, maxSeconds: MOST_SECONDS, silence: 'accept' }, field);
  const least = frontEnd.samples(1);
  if (samples.length < least) {
    const ms = (count: number): number => Math.round((count / sampleRate) * 1000);
    throw QuartetError.invalid(field, `received ${ms(samples.length)} ms, expected at least ${ms(least)} ms; send a longer recording`, 'SHAPE_MISMATCH');
  }
  const listener = new Listener();
  listener.push(samples);
  const most = frontEnd.samples(plan.lengths.at(-1)!) / sampleRate;
  const warnings = [...listener.warnings(), ...(seconds > most + frontEnd.secondsPerStep ? [`only the first ${most.toFixed(1)} s of ${seconds.toFixed(1)} were read: the model takes no more`] : [])];
  return { example: hear(samples, frontEnd, plan), notes: { warning: warnings.join('; ') } };
}

/** The features of a recording's beginning; of one that is too short for a step, those of it and silence. */
function hear(samples: Float32Array, frontEnd: FrontEnd, { lengths }: RecordingsPlan): Features {
  const [least, most] = [frontEnd.samples(1), frontEnd.samples(lengths.at(-1)!)];
  const heard = samples.subarray(0, most);
  if (heard.length >= least) return frontEnd.of(heard);
  const filled = new Float32Array(least);
  filled.set(heard);
  return frontEnd.of(filled);
}

function featureTensors(examples: readonly Features[], { frontEnd: { bands, stack } }: RecordingsPlan, steps: number): Record<'x' | 'lengths', HostTensor> {
  const width = bands * stack;
  const x = new Float32Array(examples.length * steps * width);
  examples.forEach(({ data }, index) => x.set(data, index * steps * width));
  return {
    x: { dtype: 'float32', shape: [examples.length, steps, width], data: x },
    lengths: { dtype: 'int32', shape: [examples.length], data: Int32Array.from(examples, (example) => example.steps) },
  };
}
