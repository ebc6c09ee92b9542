import { rnn, type Job } from '@quartet/contracts';
import { checkRequiredNames, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { resolveTranslator } from './resolve';

/**
 * Checks a TrainTranslator request against its data, fills its defaults in, and queues the job.
 * @throws QuartetError INVALID_FIELD with a violation for each bad field; DATASET_NOT_FOUND; UNUSABLE_DATASET
 */
export async function trainTranslator(runtime: FamilyRuntime, request: rnn.TrainTranslatorRequest, call: CallScope): Promise<Job> {
  checkRequiredNames(request);
  const dataset = await runtime.dataset(request.dataset, call);
  const resolved = resolveTranslator(request, dataset);
  const { model, idempotencyKey } = request;
  const task = rnn.TrainingTask.toJSON({ task: { $case: 'translator', value: resolved } });
  return runtime.createJob({ model, dataset: dataset.name, spec: task, idempotencyKey }, call);
}
