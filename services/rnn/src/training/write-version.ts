import { TrainingOptions } from '@quartet/contracts';
import { writeModel, type EpochRecord, type ModelDescription } from '@quartet/core';
import { finishedModel, type FinishedModel, type ResolvedTrainingOptions, type TrainingJob } from '@quartet/service-kit';
import type { Plan } from '../manifest';

/** What differs between the versions of the family's tasks. */
export type VersionParts = Pick<ModelDescription<Plan>, 'spec' | 'model' | 'metrics' | 'classNames' | 'extra' | 'files'>;

/** Writes a trained model's artefact, with what all manifests of the family tell of their training. */
export async function writeVersion(folder: string, job: TrainingJob, training: { options: ResolvedTrainingOptions; history: readonly EpochRecord[] }, parts: VersionParts): Promise<FinishedModel> {
  const { options, history } = training;
  const manifest = await writeModel(folder, {
    family: 'rnn',
    ...parts,
    dataDigest: job.dataset.digest,
    seed: options.seed,
    extra: { ...parts.extra, dataset: job.dataset.name, history, options: TrainingOptions.toJSON(options) },
  });
  return finishedModel(manifest);
}
