import { Option, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { rnn } from '@quartet/contracts';
import { number } from '../arguments';

const KINDS = {
  word: rnn.TokenizerKind.TOKENIZER_KIND_WORD,
  character: rnn.TokenizerKind.TOKENIZER_KIND_CHARACTER,
  bpe: rnn.TokenizerKind.TOKENIZER_KIND_BPE,
  space: rnn.TokenizerKind.TOKENIZER_KIND_SPACE,
};

export interface TextOptions {
  tokenizer?: keyof typeof KINDS;
  vocabulary?: number;
  minCount?: number;
  lowercase?: boolean;
  maxTokens?: number;
  embedding?: number;
}

/** How texts become numbers, as asked for; unset where nothing is, so that the task's own default applies. */
export function textOf({ tokenizer, vocabulary, minCount, lowercase, maxTokens, embedding }: TextOptions): Input<rnn.TextSpec> | undefined {
  const spec = { kind: tokenizer && KINDS[tokenizer], maxVocabulary: vocabulary, minCount, lowercase };
  const text = { tokenizer: given(spec) ? spec : undefined, maxTokens, embedding };
  return given(text) ? text : undefined;
}

const given = (options: object): boolean => Object.values(options).some((value) => value !== undefined);

export const withTextOptions = (command: Command): Command =>
  command
    .addOption(new Option('--tokenizer <kind>', 'texts: what a token is (default: the task\'s)').choices(Object.keys(KINDS)))
    .option('--vocabulary <n>', 'texts: distinct tokens at most; the most frequent are kept', number(16, 200_000, true))
    .option('--min-count <n>', 'texts: what is seen less often in training is unknown (default: 1)', number(1, 1_000_000, true))
    .option('--lowercase', 'texts: A, B, C are a, b, c')
    .option('--no-lowercase', 'texts: A, B, C are not a, b, c')
    .option('--max-tokens <n>', 'texts: longer ones are cut', number(1, 4096, true))
    .option('--embedding <n>', 'texts: numbers a token', number(1, 1024, true));
