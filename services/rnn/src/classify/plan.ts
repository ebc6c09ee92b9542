import type { FrontEndPlan } from '../audio/front-end';
import type { NetworkPlan } from '../network/recurrent';
import type { TokenizerPlan } from '../text/tokenizer';

/** What all classifiers of sequences are made of but their weights: the `spec` of the artefact's manifest. */
interface CommonPlan {
  task: 'classify';
  classes: number;
  /** The classes have an order: the network answers how likely each boundary is passed. */
  ordinal?: boolean;
  network: NetworkPlan;
  ensemble: number;
}

/** Reads sequences of numbers. */
export interface NumbersPlan extends CommonPlan {
  /** Unset in versions of before there were others. */
  reads?: 'numbers';
  channels: number;
  /** The longest sequence that was trained on; longer ones are refused. */
  maxSteps: number;
  /** By channel, of the training part. */
  mean: number[];
  deviation: number[];
}

/** Reads texts. */
export interface TextsPlan extends CommonPlan {
  reads: 'texts';
  tokenizer: TokenizerPlan;
  /** Numbers a token. */
  embedding: number;
  /** Lengths that texts are padded to, ascending; longer ones are cut to the last. */
  lengths: number[];
  /** Share of the tokens that training takes for unknown ones. */
  wordDropout: number;
  /** Share of the tokens' numbers that training sets to 0. */
  embeddingDropout: number;
}

/** Reads recordings. */
export interface RecordingsPlan extends CommonPlan {
  reads: 'recordings';
  frontEnd: FrontEndPlan;
  /** Steps that recordings are padded to, ascending; longer ones are cut to the last. */
  lengths: number[];
}

export type ClassifierPlan = NumbersPlan | TextsPlan | RecordingsPlan;

export const readsNumbers = (plan: ClassifierPlan): plan is NumbersPlan => (plan.reads ?? 'numbers') === 'numbers';
