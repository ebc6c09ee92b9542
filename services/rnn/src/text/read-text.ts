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
 * Checks a request's text. A decoder of UTF-8 puts U+FFFD where bytes are invalid, so that a text which has it was damaged on its way.
 * @param field Path in the request.
 * @throws QuartetError INVALID_FIELD
 */
export function checkText(text: string, field: string): void {
  if (text.trim() === '') throw QuartetError.invalid(field, `is ${text === '' ? 'empty' : 'blank'}; send some text`);
  const bad = text.search(/[\uFFFD\p{Surrogate}]/u);
  if (bad >= 0) throw QuartetError.invalid(field, `received invalid UTF-8 at character ${Array.from(text.slice(0, bad)).length}; send the text as UTF-8`);
}

/**
 * Checks a request's text and turns it into tokens.
 * @param field Path in the request. @param maxTokens More are cut off.
 * @throws QuartetError INVALID_FIELD
 */
export function readText(text: string, field: string, tokenizer: Tokenizer, maxTokens: number): ReadText {
  checkText(text, field);
  const all = tokenizer.encode(text);
  const ids = all.subarray(0, maxTokens);
  return { ids, unknown: ids.reduce((count, id) => count + Number(id === tokenizer.unknown), 0), tokens: all.length };
}
