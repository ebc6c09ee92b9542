import type { EncoderDecoderOptions } from '@quartet/core';
import type { TokenizerPlan } from '../text/tokenizer';

/** Lengths that a pair is padded to, the target's end token included. */
export interface Bucket {
  source: number;
  target: number;
}

/** All that a translator is made of but its weights: the `spec` of the artefact's manifest. */
export interface TranslatorPlan {
  task: 'translate';
  source: TokenizerPlan;
  target: TokenizerPlan;
  model: Required<EncoderDecoderOptions>;
  /** Ascending; the last one holds the longest pair that it takes. */
  buckets: Bucket[];
  /** Translations of similar sources that stand after each source; the artefact has the pairs they come from. 0, or none in versions from before there were any: none. */
  memory?: number;
}

/** The most that a translator reads and writes. */
export const longestOf = ({ buckets }: Pick<TranslatorPlan, 'buckets'>): Bucket => buckets.at(-1)!;

/** The exported functions for sources of a bucket: see core's decoderFunctions. */
export const functionsOf = (source: number): { encode: string; step: string } => ({ encode: `encode_${source}`, step: `step_${source}` });
