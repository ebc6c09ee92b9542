import { Family } from '../generated/quartet/common/v1/model_ref_pb';
import { JobState } from '../generated/quartet/training/v1/training_pb';

/** The families, in the order in which they are shown. `path` is the page's. */
export const FAMILIES = [
  { family: Family.CNN, path: 'cnn', title: 'CNN', service: 'quartet.cnn.v1.CnnService', about: 'Classify images' },
  { family: Family.RNN, path: 'rnn', title: 'RNN', service: 'quartet.rnn.v1.RnnService', about: 'Forecast series; read, write and hear' },
  { family: Family.GAN, path: 'gan', title: 'GAN', service: 'quartet.gan.v1.GanService', about: 'Generate examples' },
  { family: Family.AUTOENCODER, path: 'autoencoder', title: 'Autoencoder', service: 'quartet.autoencoder.v1.AutoencoderService', about: 'Reconstruct, find anomalies' },
] as const;

export type FamilyInfo = (typeof FAMILIES)[number];

export const familyOf = (family: Family): FamilyInfo | undefined => FAMILIES.find((known) => known.family === family);

export const STATE_NAMES: Record<JobState, string> = {
  [JobState.UNSPECIFIED]: 'unknown',
  [JobState.QUEUED]: 'queued',
  [JobState.RUNNING]: 'running',
  [JobState.SUCCEEDED]: 'succeeded',
  [JobState.FAILED]: 'failed',
  [JobState.CANCELLED]: 'cancelled',
};

export const isOver = (state: JobState): boolean => state === JobState.SUCCEEDED || state === JobState.FAILED || state === JobState.CANCELLED;
