import { tokenizerOf } from './train-tokenizer';
import type { Tokenizer, TokenizerPlan } from './tokenizer';

const known = new WeakMap<TokenizerPlan, Tokenizer>();

/** The tokenizer of a plan, made once. */
export function tokenizerFor(plan: TokenizerPlan): Tokenizer {
  const tokenizer = known.get(plan) ?? tokenizerOf(plan);
  known.set(plan, tokenizer);
  return tokenizer;
}
