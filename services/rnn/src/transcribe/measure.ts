import { ctcBeamSearch, ctcGreedy, ErrorRate, logSoftmax, type ErrorRateReport, type HostTensor } from '@quartet/core';
import { bucketOf } from '../audio/buckets';
import type { FrontEnd } from '../audio/front-end';
import type { Recordings } from '../audio/recordings';
import { spokenBatch } from './examples';
import type { TranscriberPlan } from './plan';
import { Units, unitsOf } from './units';

/** Beams where a request doesn't say. */
export const BEAM_WIDTH = 8;
const BATCH = 32;

export type Infer = (inputs: Record<'x' | 'steps', HostTensor>) => HostTensor;

/** Error rates over a part, of words and of characters, by greedy decoding and by beam search. */
export function measure(part: Recordings, plan: TranscriberPlan, frontEnd: FrontEnd, infer: Infer): Record<string, number> {
  const rates = { wordErrorRate: new ErrorRate(), characterErrorRate: new ErrorRate(), wordErrorRateGreedy: new ErrorRate(), characterErrorRateGreedy: new ErrorRate() };
  const units = new Units(plan);
  const add = (row: number, best: string, greedy: string): void => {
    const text = part.text(row);
    for (const [suffix, said] of [['', best], ['Greedy', greedy]] as const) {
      rates[`wordErrorRate${suffix}`].add([unitsOf(text, 'word')], unitsOf(said, 'word'));
      rates[`characterErrorRate${suffix}`].add([unitsOf(text, 'character')], unitsOf(said, 'character'));
    }
  };
  const heard = Array.from({ length: part.count }, (_, row) => row).filter((row) => part.text(row) !== '');
  for (const bucket of plan.buckets) {
    const rows = heard.filter((row) => bucketOf(Math.max(1, frontEnd.steps(part.length(row))), plan.buckets) === bucket);
    for (let at = 0; at < rows.length; at += BATCH) {
      const some = rows.slice(at, at + BATCH);
      decode(some, { part, frontEnd, bucket, classes: plan.vocabulary.length + 1, infer }).forEach(({ best, greedy }, index) => add(some[index]!, units.text(best), units.text(greedy)));
    }
  }
  const reports = Object.entries(rates).map(([name, rate]): [string, ErrorRateReport] => [name, rate.report()]);
  return {
    ...Object.fromEntries(reports.map(([name, { rate }]) => [name, rate])),
    sentenceErrorRate: reports[0]![1].sequenceErrorRate,
    examples: heard.length,
  };
}

interface Decoded {
  best: number[];
  greedy: number[];
}

function decode(rows: readonly number[], { part, frontEnd, bucket, classes, infer }: { part: Recordings; frontEnd: FrontEnd; bucket: number; classes: number; infer: Infer }): Decoded[] {
  const examples = rows.map((row) => {
    const samples = part.samples(row);
    return { features: frontEnd.steps(samples.length) > 0 ? frontEnd.of(samples) : { steps: 0, data: new Float32Array(0) }, labels: [0] };
  });
  const { x, steps } = spokenBatch(examples, { bucket, longest: 1, size: BATCH, width: frontEnd.features }).inputs as Record<'x' | 'steps', HostTensor>;
  const { data } = infer({ x, steps });
  return rows.map((_, row) => {
    const frames = steps.data[row]!;
    const logProbabilities = new Float64Array(frames * classes);
    for (let step = 0; step < frames; step++) logProbabilities.set(logSoftmax(data.subarray((row * bucket + step) * classes, (row * bucket + step + 1) * classes)), step * classes);
    const given = { logProbabilities, frames, classes };
    return { best: ctcBeamSearch(given, BEAM_WIDTH)[0]!.labels, greedy: ctcGreedy(given) };
  });
}
