import { Option, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { rnn, type ModelRef } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { UsageError } from '../output';

const ATTENTION = { luong: rnn.Attention.ATTENTION_LUONG, bahdanau: rnn.Attention.ATTENTION_BAHDANAU };

/** Of a training on pairs of texts, or on images with captions. */
export interface PairOptions {
  attention?: keyof typeof ATTENTION;
  scheduledSampling?: number;
  copy?: boolean;
  translations?: number;
  imageModel?: Input<ModelRef>;
}

/** What of a TrainTranslator request is its own; source and target are read alike. */
export function translatorSpec(text: Input<rnn.TextSpec> | undefined, { attention, scheduledSampling, copy, translations }: PairOptions): Pick<Input<rnn.TrainTranslatorRequest>, 'source' | 'target' | 'attention' | 'scheduledSampling' | 'copy' | 'memory'> {
  return { source: text, target: text, attention: attention && ATTENTION[attention], scheduledSampling: scheduledSampling === undefined ? undefined : { share: scheduledSampling }, copy, memory: translations };
}

/** What of a TrainCaptioner request is its own. */
export function captionerSpec(text: Input<rnn.TextSpec> | undefined, { imageModel }: PairOptions): Pick<Input<rnn.TrainCaptionerRequest>, 'text' | 'imageModel'> {
  if (!imageModel) throw new UsageError('images with captions need --image-model: a CNN model of this platform, whose embeddings the captioner looks at');
  return { text, imageModel };
}

export const withPairOptions = (command: Command): Command =>
  command
    .addOption(new Option('--attention <name>', 'pairs of texts (default: luong)').choices(Object.keys(ATTENTION)))
    .option('--scheduled-sampling <share>', 'pairs of texts: share of the tokens that are given from its own guesses in the end (default: 0)', number(0, 1))
    .option('--copy', 'pairs of texts: the translation may copy tokens of its source; one tokenizer for both (default: no)')
    .option('--translations <n>', 'pairs of texts: translations of similar texts beside each one, to be copied from; with --copy (default: 0)', number(0, 3, true))
    .option('--image-model <model>', 'images with captions: the CNN model that looks at them: MODEL, MODEL@VERSION or MODEL@LABEL', modelRef);
