import { rnn } from '@quartet/contracts';
import { BytePairTokenizer, trainBytePairs } from './byte-pairs';
import type { Tokenizer, TokenizerPlan } from './tokenizer';
import { trainVocabulary, VocabularyTokenizer } from './vocabulary';

export const KINDS: Partial<Record<rnn.TokenizerKind, TokenizerPlan['kind']>> = {
  [rnn.TokenizerKind.TOKENIZER_KIND_WORD]: 'word',
  [rnn.TokenizerKind.TOKENIZER_KIND_CHARACTER]: 'character',
  [rnn.TokenizerKind.TOKENIZER_KIND_BPE]: 'bpe',
  [rnn.TokenizerKind.TOKENIZER_KIND_SPACE]: 'space',
};

/** A tokenizer of these texts, which must be the training part's alone. Equal texts in any order make equal tokenizers. @param spec Resolved. */
export function trainTokenizer({ kind: given, maxVocabulary, lowercase = false, minCount }: rnn.TokenizerSpec, texts: Iterable<string>): Tokenizer {
  const kind = KINDS[given]!;
  const options = { lowercase, maxVocabulary, minCount: minCount || 1 };
  return tokenizerOf(kind === 'bpe' ? trainBytePairs(texts, options) : trainVocabulary(texts, { kind, ...options }));
}

/** The tokenizer of a plan. */
export function tokenizerOf(plan: TokenizerPlan): Tokenizer {
  return plan.kind === 'bpe' ? new BytePairTokenizer(plan) : new VocabularyTokenizer(plan);
}
