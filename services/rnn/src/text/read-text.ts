import { QuartetError } from '@quartet/contracts';
import type { Tokenizer } from './tokenizer';

/** A request's text in tokens. */
export interface ReadText {
  /** At most so many as asked for, from the text's start. */
  ids: Int32Array;
  /** Tokens that the tokenizer doesn't know, of those in `ids`. */
  unknown: number;
  /** Tokens that the whole text has. */
  tokens: number;
}

/**
 * A decoder of UTF-8 puts U+FFFD where bytes are invalid, so that a text which has it was damaged on its way.
 * @param field Path in the request.
 * @throws QuartetError INVALID_FIELD
 */
export function checkUtf8(text: string, field: string): void {
  const bad = text.search(/[\uFFFD\p{Surrogate}]/u);
  if (bad >= 0) throw QuartetError.invalid(field, `received invalid UTF-8 at character ${Array.from(text.slice(0, bad)).length}; send the text as UTF-8`);
}

/**
 * Checks a request's text: that there is some, in UTF-8.
 * @param field Path in the request.
 * @throws QuartetError INVALID_FIELD
 */
export function checkText(text: string, field: string): void {
  if (text.trim() === '') throw QuartetError.invalid(field, `is ${text === '' ? 'empty' : 'blank'}; send some text`);
  checkUtf8(text, field);
}

/** How many of the tokens the tokenizer doesn't know. */
export const countUnknown = (ids: Int32Array, { unknown }: Tokenizer): number => ids.reduce((count, id) => count + Number(id === unknown), 0);

/**
 * Checks a request's text and turns it into tokens.
 * @param field Path in the request. @param maxTokens More are cut off.
 * @throws QuartetError INVALID_FIELD
 */
export function readText(text: string, field: string, tokenizer: Tokenizer, maxTokens: number): ReadText {
  checkText(text, field);
  const all = tokenizer.encode(text);
  const ids = all.subarray(0, maxTokens);
  return { ids, unknown: countUnknown(ids, tokenizer), tokens: all.length };
}
