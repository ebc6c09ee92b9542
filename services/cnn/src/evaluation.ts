import type { EvaluationSource } from '@quartet/core';
import { evaluationBatches, loadPart } from '@quartet/data';
import type { TrainingJob } from '@quartet/service-kit';

/** A part of a job's data, to be measured on; undefined: the data set has none. */
export async function evaluationOf(job: TrainingJob, name: 'validation' | 'test', batchSize: number): Promise<EvaluationSource | undefined> {
  const files = job.files[name];
  return files && evaluationBatches(await loadPart(files.examples, files.labels), batchSize);
}
