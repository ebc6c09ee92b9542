import type { HostTensor } from '../tensor/host-tensor';
import type { Metrics } from '../training/events';
import type { ExampleBatch } from '../training/objective';
import type { Observation } from './balance';
import { ADVERSARIAL_LOSSES } from './losses';
import { exampleSize, type GanSpec } from './spec';

export interface Judged {
  /** [count]. */
  score: HostTensor;
  /** [count, classes], of a semi-supervised one. */
  classLogits?: HostTensor;
}

export interface Watched {
  spec: GanSpec;
  /** Real examples that are, and that aren't, trained on. */
  seen: ExampleBatch;
  heldOut: ExampleBatch;
  generated: HostTensor;
  /** What these were asked to be, of a conditional one. */
  classes: Int32Array | undefined;
  judge(batch: ExampleBatch): Judged;
}

export type Accuracies = Pick<Observation, 'realAccuracy' | 'fakeAccuracy' | 'seenAccuracy'>;

/** Shares of examples that the discriminator takes for what they are; of a semi-supervised one also for which class they are. */
export function discriminatorAccuracy({ spec, seen, heldOut, generated, classes, judge }: Watched): { accuracies: Accuracies; metrics: Metrics } {
  const [known, real, fake] = [seen, heldOut, firstOf(spec, generated, classes, heldOut.count)].map(judge) as [Judged, Judged, Judged];
  const mean = ({ score }: Judged): number => (score.data as Float32Array).reduce((sum, value) => sum + value, 0) / score.data.length;
  // A critic's scores have no place of their own: what is nearer to the real ones' mean passes for real.
  const threshold = ADVERSARIAL_LOSSES[spec.loss].threshold ?? (mean(real) + mean(fake)) / 2;
  const above = ({ score }: Judged): number => (score.data as Float32Array).filter((value) => value > threshold).length / score.data.length;
  const accuracies = { realAccuracy: above(real), fakeAccuracy: 1 - above(fake), seenAccuracy: above(known) };
  const metrics: Metrics = { 'accuracy/real': accuracies.realAccuracy, 'accuracy/fake': accuracies.fakeAccuracy, 'accuracy/seen': accuracies.seenAccuracy };
  if (real.classLogits && heldOut.inputs.y) metrics['validation/accuracy'] = rightShare(real.classLogits, heldOut.inputs.y);
  return { accuracies, metrics };
}

function firstOf(spec: GanSpec, { shape, data }: HostTensor, classes: Int32Array | undefined, most: number): ExampleBatch {
  const count = Math.min(most, shape[0] ?? 0);
  const x: HostTensor = { dtype: 'float32', shape: [count, ...spec.exampleShape], data: data.slice(0, count * exampleSize(spec)) };
  return { inputs: { x, ...(classes && { y: { dtype: 'int32', shape: [count], data: classes.slice(0, count) } }) }, count };
}

function rightShare({ shape, data }: HostTensor, labels: HostTensor): number {
  const [count = 0, classes = 0] = shape;
  let right = 0;
  for (let row = 0; row < count; row += 1) {
    const own = (data as Float32Array).subarray(row * classes, (row + 1) * classes);
    if (own.indexOf(Math.max(...own)) === labels.data[row]) right += 1;
  }
  return right / count;
}
