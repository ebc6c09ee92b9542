import type { NetworkPlan } from '../network/recurrent';
import type { TokenizerPlan } from '../text/tokenizer';

/** All that a tagger is made of but its weights: the `spec` of the artefact's manifest. Its tags are the manifest's classes. */
export interface TaggerPlan {
  task: 'tag';
  tags: number;
  network: NetworkPlan;
  /** Of whole tokens. */
  tokenizer: TokenizerPlan;
  /** Of their spelling. */
  characters: TokenizerPlan;
  /** Numbers a token. */
  embedding: number;
  /** Numbers that a token's spelling gives. */
  spelling: number;
  /** Lengths that sentences are padded to, ascending; longer ones are refused. */
  lengths: number[];
  wordDropout: number;
  embeddingDropout: number;
}
