import { randomBytes } from 'node:crypto';
import { QuartetError, type rnn } from '@quartet/contracts';
import { checkUtf8, countUnknown } from '../text/read-text';
import type { Tokenizer } from '../text/tokenizer';

const MAX_TOKENS = 4096;
const DEFAULT_TOKENS = 256;
const MAX_STOPS = 16;
const MAX_STOP_CHARACTERS = 256;
/** Tokens of a prompt. */
const MAX_PROMPT = 16_384;

/** A request for text with its defaults filled in. */
export interface ResolvedGeneration {
  maxTokens: number;
  temperature: number;
  topK: number;
  topP: number;
  seed: bigint;
  stop: readonly string[];
}

/** @throws QuartetError INVALID_FIELD */
export function readGeneration(request: rnn.GenerateRequest): ResolvedGeneration {
  const { temperature = 1, topP = 1, stop, topK } = request;
  const maxTokens = request.maxTokens || DEFAULT_TOKENS;
  if (maxTokens > MAX_TOKENS) throw QuartetError.invalid('max_tokens', `is ${maxTokens}; it takes 1 to ${MAX_TOKENS}. Go on from the text so far with another call`);
  if (!(temperature >= 0 && temperature <= 10)) throw QuartetError.invalid('temperature', `is ${temperature}; it takes 0 to 10: below 1 keeps to what is likely, 0 always takes the likeliest token`);
  if (!(topP > 0 && topP <= 1)) throw QuartetError.invalid('top_p', `is ${topP}; it takes a number above 0, at most 1`);
  if (stop.length > MAX_STOPS) throw QuartetError.invalid('stop', `received ${stop.length}, expected at most ${MAX_STOPS}`);
  stop.forEach((text, index) => {
    const size = Array.from(text).length;
    if (size === 0) throw QuartetError.invalid(`stop[${index}]`, 'is empty, which would end every text at once; leave it out');
    if (size > MAX_STOP_CHARACTERS) throw QuartetError.invalid(`stop[${index}]`, `has ${size} characters, expected at most ${MAX_STOP_CHARACTERS}`);
  });
  return { maxTokens, temperature, topK, topP, seed: request.seed ?? randomBytes(8).readBigUInt64LE(), stop };
}

/** A text to go on from, in tokens, with what there is to know of it. */
export interface Prompt {
  ids: Int32Array;
  warnings: string[];
}

/**
 * @param field Path in the request.
 * @throws QuartetError INVALID_FIELD
 */
export function readPrompt(text: string, field: string, tokenizer: Tokenizer): Prompt {
  checkUtf8(text, field);
  const ids = tokenizer.encode(text);
  if (ids.length > MAX_PROMPT) throw QuartetError.invalid(field, `has ${ids.length} tokens, expected at most ${MAX_PROMPT}; send the end of it`);
  const unknown = countUnknown(ids, tokenizer);
  return { ids, warnings: unknown > 0 ? [`${unknown} of the ${ids.length} tokens of the ${field} are unknown to the model: ${unknownPieces(text, tokenizer)}`] : [] };
}

const SHOWN = 5;

/** Some of what is unknown, for people. */
function unknownPieces(text: string, tokenizer: Tokenizer): string {
  const pieces = tokenizer.plan.kind === 'character' ? Array.from(text.normalize('NFC')) : text.split(/\s+/u);
  const unknown = [...new Set(pieces.filter((piece) => piece !== '' && tokenizer.encode(piece).includes(tokenizer.unknown)))];
  return unknown.slice(0, SHOWN).map((piece) => JSON.stringify(piece)).join(', ') + (unknown.length > SHOWN ? ', ...' : '');
}
