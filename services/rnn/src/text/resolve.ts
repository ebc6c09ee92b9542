import { rnn } from '@quartet/contracts';
import type { Violations } from '@quartet/service-kit';
import { LEAST_BYTE_PAIRS } from './byte-pairs';
import { KINDS } from './train-tokenizer';

export interface TokenizerDefaults {
  kind: rnn.TokenizerKind;
  maxVocabulary: number;
  lowercase: boolean;
}

export interface TextDefaults extends TokenizerDefaults {
  maxTokens: number;
  embedding: number;
}

/** Fills the defaults in and checks the ranges that text.proto states. @param path In the request. */
export function resolveTokenizer(given: rnn.TokenizerSpec | undefined, violations: Violations, path: string, defaults: TokenizerDefaults): rnn.TokenizerSpec {
  const spec = {
    kind: given?.kind || defaults.kind,
    maxVocabulary: given?.maxVocabulary || defaults.maxVocabulary,
    lowercase: given?.lowercase ?? defaults.lowercase,
    minCount: given?.minCount || 1,
  };
  if (!KINDS[spec.kind]) violations.add(`${path}.kind`, `received ${spec.kind}, expected TOKENIZER_KIND_WORD, TOKENIZER_KIND_CHARACTER, TOKENIZER_KIND_BPE or TOKENIZER_KIND_SPACE`);
  violations.integer(`${path}.max_vocabulary`, spec.maxVocabulary, spec.kind === rnn.TokenizerKind.TOKENIZER_KIND_BPE ? LEAST_BYTE_PAIRS : 16, 200_000);
  return spec;
}

/** Fills the defaults in and checks the ranges that text.proto states. @param path In the request. */
export function resolveText(given: rnn.TextSpec | undefined, violations: Violations, path: string, defaults: TextDefaults): rnn.TextSpec {
  const spec = {
    tokenizer: resolveTokenizer(given?.tokenizer, violations, `${path}.tokenizer`, defaults),
    maxTokens: given?.maxTokens || defaults.maxTokens,
    embedding: given?.embedding || defaults.embedding,
  };
  violations.integer(`${path}.max_tokens`, spec.maxTokens, 1, 4096);
  violations.integer(`${path}.embedding`, spec.embedding, 1, 1024);
  return spec;
}
