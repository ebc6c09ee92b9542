import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import type { HostTensor, VideoManifest } from '@quartet/core';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { topClasses } from '../top-classes';

/** What the network says of clips: [batch, classes] each. */
export async function clipScores(runtime: FamilyRuntime, version: Version, clips: HostTensor, call: CallScope): Promise<Record<'probabilities' | 'logits', HostTensor>> {
  return (await runtime.infer(version, 'classify', { clips }, call)) as Record<'probabilities' | 'logits', HostTensor>;
}

/** @returns How many classes are wanted. @throws QuartetError INVALID_FIELD */
export function countOf(topK: number, { spec }: VideoManifest, field = 'top_k'): number {
  const count = topK || 1;
  if (count > spec.classes) throw QuartetError.invalid(field, `is ${count}; the model has ${spec.classes} classes. Ask for at most that many`);
  return count;
}

/** The most likely classes of each row. @param probabilities [batch, classes] */
export const scoresOf = (probabilities: HostTensor, count: number, { classNames }: VideoManifest): cnn.VideoScore[][] => topClasses(probabilities, count, classNames).map(({ classes }) => classes);
