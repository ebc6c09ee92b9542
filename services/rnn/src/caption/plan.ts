import type { LanguageModelOptions } from '@quartet/core';
import type { TokenizerPlan } from '../text/tokenizer';

/** All that a captioner is made of but its weights: the `spec` of the artefact's manifest. */
export interface CaptionerPlan {
  task: 'caption';
  /** The CNN model's version that embeds the images: the one that the captioner was trained with. */
  imageModel: { name: string; version: string };
  /** By feature of an embedding, of the training part. */
  mean: number[];
  deviation: number[];
  text: TokenizerPlan;
  model: Required<LanguageModelOptions>;
  /** Of a caption, the end token included. */
  maxTokens: number;
}
