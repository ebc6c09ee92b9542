import type { rnn } from '@quartet/contracts';
import type { Records } from '@quartet/data';
import { textsOf } from '../text/texts-of';
import type { Tokenizer } from '../text/tokenizer';
import { trainTokenizer } from '../text/train-tokenizer';
import { MOST_REMEMBERED, recalling, TranslationMemory, type Recalling, type TextPair } from './memory';
import { MAX_TOKENS } from './resolve';

/**
 * Of a translator with a memory each epoch sees every pair so many times: beside what is most similar, what is second, and so on. From one view alone
 * it would learn by heart which passage goes with which source.
 */
const VIEWS = 3;

export type Tokenizers = Record<'source' | 'target', Tokenizer>;

/** Learned from the training part: one for each side, or one for both where tokens are copied from one to the other. */
export function tokenizersFor({ source, target, copy }: rnn.TrainTranslatorRequest, records: Records): Tokenizers {
  const [sources, targets] = [textsOf(records, 'source'), textsOf(records, 'target')];
  if (!copy) return { source: trainTokenizer(source!.tokenizer!, sources), target: trainTokenizer(target!.tokenizer!, targets) };
  const both = trainTokenizer(target!.tokenizer!, [...sources, ...targets]);
  return { source: both, target: both };
}

/** How sources are read: as they are, or with what a memory of the training part knows of similar ones. */
export interface Reading {
  /** The most tokens that a source is read to. */
  most: number;
  /** Training reads each source in these ways: see VIEWS. */
  training: Pick<Tokenizer, 'encode'>[];
  serving(most: number): Pick<Tokenizer, 'encode'>;
  remembered: TextPair[];
}

export function readingFor({ source, target, memory: count }: rnn.TrainTranslatorRequest, records: Records, tokenizers: Tokenizers): Reading {
  if (count === 0) return { most: source!.maxTokens, training: [tokenizers.source], serving: () => tokenizers.source, remembered: [] };
  const remembered = [...pairsOf(records)].slice(0, MOST_REMEMBERED);
  const memory = new TranslationMemory(remembered);
  const read = (most: number, training?: Recalling): Pick<Tokenizer, 'encode'> => recalling(tokenizers.target, memory, { count, most, ...training });
  // A start and an end token stand around each translation.
  const most = Math.min(MAX_TOKENS, source!.maxTokens + count * (target!.maxTokens + 2));
  const training = Array.from({ length: VIEWS }, (_, skip) => read(most, { other: true, skip }));
  return { most, training, serving: (longest) => read(longest), remembered };
}

/** In the order of the records. */
export function* pairsOf(records: Records): Iterable<TextPair> {
  for (let row = 0; row < records.count; row++) yield [records.text(row, 'source'), records.text(row, 'target')];
}
