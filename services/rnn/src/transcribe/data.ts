import type { Dataset } from '@quartet/contracts';
import type { EvaluationSource } from '@quartet/core';
import { bucketOf, bucketsFor } from '../audio/buckets';
import { FrontEnd, frontEndOf, measureBands } from '../audio/front-end';
import type { Recordings } from '../audio/recordings';
import type { NetworkPlan } from '../network/recurrent';
import { unusable } from '../training/refuse';
import { fits, spokenBatch, type Spoken } from './examples';
import type { TranscriberPlan } from './plan';
import { learnUnits, Units, type Unit } from './units';

type Parts = { train: Recordings } & Partial<Record<'validation' | 'test', Recordings>>;

export interface Learned {
  plan: TranscriberPlan;
  /** Rows of the training part that are learned from, and the steps that each may have at its slowest. */
  rows: Uint32Array;
  steps: Uint32Array;
  /** Most labels of a recording, of any part. */
  longest: number;
  /** Recordings of the training part that nothing can be learned from. */
  left: number;
}

/** Learns from the training part all that the plan needs. */
export function learn(dataset: Dataset, parts: Parts, { network, unit, speed }: { network: NetworkPlan; unit: Unit | undefined; speed: number }): Learned {
  const { train } = parts;
  const refuse = (description: string) => unusable(dataset.name, description);
  const units = learnUnits(Array.from({ length: train.count }, (_, row) => train.text(row)), unit, refuse);
  const outline = frontEndOf(dataset.schema!.sampleRate, network.bidirectional ? 'recording' : 'training');
  const frontEnd = new FrontEnd(outline);
  const toLabels = new Units(units);
  const labels = Array.from({ length: train.count }, (_, row) => toLabels.labels(train.text(row)));
  const rows = Uint32Array.from(labels.keys()).filter((row) => fits(labels[row]!, frontEnd.steps(train.length(row))));
  if (rows.length === 0) throw refuse(`has ${train.count} recordings in its training part, none of them with a text that fits its length; check that texts and recordings belong together`);
  const steps = Uint32Array.from(rows, (row) => frontEnd.steps(Math.ceil(train.length(row) / (1 - speed))));
  const others = [parts.validation, parts.test].flatMap((part) => (part ? Array.from({ length: part.count }, (_, row) => frontEnd.steps(part.length(row))) : []));
  const buckets = bucketsFor([...steps, ...others]);
  const longest = [train, parts.validation, parts.test].reduce((most, part) => (part ? longestOf(part, toLabels, most) : most), 1);
  const bands = measureBands(train.count, train.samples, frontEnd);
  return { plan: { task: 'transcribe', frontEnd: { ...outline, ...bands }, ...units, network, buckets }, rows, steps, longest, left: train.count - rows.length };
}

const longestOf = (part: Recordings, units: Units, least: number): number =>
  Array.from({ length: part.count }, (_, row) => units.labels(part.text(row)).length).reduce((most, length) => Math.max(most, length), least);

/** A part to validate on, as it was recorded: without those that have no loss. */
export function spokenEvaluation(part: Recordings, plan: TranscriberPlan, longest: number, size: number): EvaluationSource | undefined {
  const [frontEnd, units] = [new FrontEnd(plan.frontEnd), new Units(plan)];
  const rows = Array.from({ length: part.count }, (_, row) => row).filter((row) => fits(units.labels(part.text(row)), frontEnd.steps(part.length(row))));
  if (rows.length === 0) return undefined;
  const example = (row: number): Spoken => ({ features: frontEnd.of(part.samples(row)), labels: units.labels(part.text(row)) });
  return {
    *batches() {
      for (const bucket of plan.buckets) {
        const own = rows.filter((row) => bucketOf(frontEnd.steps(part.length(row)), plan.buckets) === bucket);
        for (let at = 0; at < own.length; at += size) yield spokenBatch(own.slice(at, at + size).map(example), { bucket, longest, size, width: frontEnd.features });
      }
    },
  };
}
