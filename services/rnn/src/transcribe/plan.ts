import type { FrontEndPlan } from '../audio/front-end';
import type { NetworkPlan } from '../network/recurrent';

/** All that a transcriber is made of but its weights: the `spec` of the artefact's manifest. */
export interface TranscriberPlan {
  task: 'transcribe';
  frontEnd: FrontEndPlan;
  unit: 'word' | 'character';
  /** What is written, by label; the blank comes after the last one. */
  vocabulary: string[];
  network: NetworkPlan;
  /** Steps that sequences are padded to, ascending. */
  buckets: number[];
}

/** Steps of a recording: a network is unrolled over them. 1024 are 30 s. */
export const MAX_STEPS = 1024;

/** Steps of live sound that are transcribed at once. */
export const CHUNK = 8;

/** The exported function for sequences of a bucket; models of one direction have one function alone, of a chunk and the state. */
export function functionOf({ buckets }: Pick<TranscriberPlan, 'buckets'>, bucket: number): string {
  return bucket === buckets.at(-1) ? 'serving_default' : `bucket_${bucket}`;
}
