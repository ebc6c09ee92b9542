import type { Version } from '@quartet/contracts';
import { logOdds, type HostTensor } from '@quartet/core';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from '../model-info';
import { indexOfLargest } from './index-of-largest';

/** What a network says of images, row by row, whichever head it has. */
export interface Answers {
  /** The likeliest class or label; undefined: it gives numbers. */
  likeliest(row: number): number | undefined;
  probability(row: number, target: number): number | undefined;
  /** Of a number, in its own unit. */
  value(row: number, target: number): number | undefined;
  /** What hiding a part of the image takes from: of a class, which shares a softmax, the log-odds; of a label the logit, which is just that; a number itself. */
  evidence(row: number, target: number): number;
}

export async function answersTo(runtime: FamilyRuntime, version: Version, images: HostTensor, call: CallScope): Promise<Answers> {
  const { head, classes } = manifestOf(version).spec;
  const rowOf = ({ data }: HostTensor, row: number): ArrayLike<number> => data.subarray(row * classes, (row + 1) * classes);
  if (head === 'numbers') {
    const { values } = await runtime.infer(version, 'predict', { images }, call);
    const value = (row: number, target: number): number => rowOf(values!, row)[target] ?? 0;
    return { likeliest: () => undefined, probability: () => undefined, value, evidence: value };
  }
  const { logits, probabilities } = await runtime.infer(version, 'classify', { images }, call);
  return {
    likeliest: (row) => indexOfLargest(rowOf(probabilities!, row)),
    probability: (row, target) => rowOf(probabilities!, row)[target],
    value: () => undefined,
    evidence: (row, target) => (head === 'labels' ? (rowOf(logits!, row)[target] ?? 0) : logOdds(rowOf(logits!, row), target)),
  };
}
