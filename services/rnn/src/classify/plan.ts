import type { NetworkPlan } from '../network/recurrent';

/** All that a classifier of sequences is made of but its weights: the `spec` of the artefact's manifest. */
export interface ClassifierPlan {
  task: 'classify';
  channels: number;
  classes: number;
  /** The longest sequence that was trained on; longer ones are refused. */
  maxSteps: number;
  /** By channel, of the training part. */
  mean: number[];
  deviation: number[];
  network: NetworkPlan;
  ensemble: number;
}
