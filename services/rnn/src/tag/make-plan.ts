import { rnn } from '@quartet/contracts';
import { toNetworkPlan } from '../network/resolve';
import { chooseLengths } from '../text/choose-lengths';
import { trainTokenizer } from '../text/train-tokenizer';
import type { TaggerPlan } from './plan';
import type { TaggedTexts } from './sentences';
import { identityOf } from './token';

/** Distinct characters at most, and numbers that a token's spelling gives. */
const [MAX_CHARACTERS, SPELLING] = [1000, 64];

/** A tagger's plan, with the vocabularies of the training part. @param request Resolved. */
export function makePlan({ network, text }: rnn.TrainTaggerRequest, tags: number, { tokens }: TaggedTexts): TaggerPlan {
  const { tokenizer, maxTokens, embedding, wordDropout = 0, embeddingDropout = 0 } = text!;
  const characters = { kind: rnn.TokenizerKind.TOKENIZER_KIND_CHARACTER, maxVocabulary: MAX_CHARACTERS, lowercase: false, minCount: 1 };
  return {
    task: 'tag',
    tags,
    network: toNetworkPlan(network!),
    tokenizer: trainTokenizer(tokenizer!, tokens.map((sentence) => sentence.map(identityOf).join(' '))).plan,
    characters: trainTokenizer(characters, tokens.map((sentence) => sentence.join(''))).plan,
    embedding,
    spelling: SPELLING,
    lengths: chooseLengths(tokens.map(({ length }) => length), maxTokens),
    wordDropout,
    embeddingDropout,
  };
}
