import { rnn, type Job } from '@quartet/contracts';
import { checkRequiredNames, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { resolveTagger } from './resolve';

/**
 * Checks a TrainTagger request against its data, fills its defaults in, and queues the job.
 * @throws QuartetError INVALID_FIELD with a violation for each bad field; DATASET_NOT_FOUND; UNUSABLE_DATASET
 */
export async function trainTagger(runtime: FamilyRuntime, request: rnn.TrainTaggerRequest, call: CallScope): Promise<Job> {
  checkRequiredNames(request);
  const dataset = await runtime.dataset(request.dataset, call);
  const { model, idempotencyKey } = request;
  const task = rnn.TrainingTask.toJSON({ task: { $case: 'tagger', value: resolveTagger(request, dataset) } });
  return runtime.createJob({ model, dataset: dataset.name, spec: task, idempotencyKey }, call);
}
