/**
 * Turns texts into whole numbers and back. Equal plans make equal tokenizers: the plan is kept in the model's manifest.
 */
export interface Tokenizer {
  /** Of all tokens, the special ones included. */
  readonly size: number;
  /** Index of the token for what the tokenizer doesn't know; -1: it knows everything. */
  readonly unknown: number;
  /** What an index stands for, for people: `the`, `<unknown>`. */
  name(id: number): string;
  /** Without special tokens at start or end. */
  encode(text: string): Int32Array;
  /** Special tokens are left out. */
  decode(ids: ArrayLike<number>): string;
  /** Plain JSON. */
  readonly plan: TokenizerPlan;
}

/** The special tokens: the same indices in every tokenizer. */
export const PAD = 0;
export const START = 1;
export const END = 2;
export const UNKNOWN = 3;
export const SPECIALS = ['<pad>', '<start>', '<end>', '<unknown>'] as const;

/** All that a tokenizer is made of. */
export interface TokenizerPlan {
  kind: 'word' | 'character' | 'bpe' | 'space';
  lowercase: boolean;
  /** By index; the special ones first. */
  tokens: string[];
  /** BPE: pairs in the order in which they are joined. */
  merges?: [string, string][];
}

/** @throws RangeError for what is no token's index. */
export function checkId(id: number, size: number): number {
  if (!Number.isInteger(id) || id < 0 || id >= size) throw new RangeError(`token ${id}; expected a whole number from 0 to ${size - 1}`);
  return id;
}
