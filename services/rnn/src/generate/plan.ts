import type { NetworkPlan } from '../network/recurrent';
import type { TokenizerPlan } from '../text/tokenizer';

/** All that a language model is made of but its weights: the `spec` of the artefact's manifest. */
export interface LanguagePlan {
  task: 'generate';
  tokenizer: TokenizerPlan;
  /** Numbers a token. */
  embedding: number;
  network: NetworkPlan;
  /** Tokens after which training cuts the gradient off. */
  window: number;
}

/** Tokens that one call of the function `read` takes at most. */
export const READ_TOKENS = 32;
