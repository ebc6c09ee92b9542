import { QuartetError, rnn, type Job } from '@quartet/contracts';
import { checkRequiredNames, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { resolveCaptioner } from './resolve';

/**
 * Checks a TrainCaptioner request against its data, pins the version of the CNN model, fills the defaults in, and queues the job.
 * @throws QuartetError INVALID_FIELD with a violation for each bad field; DATASET_NOT_FOUND; UNUSABLE_DATASET; MODEL_NOT_FOUND and the like of the CNN model
 */
export async function trainCaptioner(runtime: FamilyRuntime, request: rnn.TrainCaptionerRequest, call: CallScope): Promise<Job> {
  checkRequiredNames(request);
  if (!request.imageModel?.name) throw QuartetError.invalid('image_model.name', 'is empty; name a CNN model of this platform, whose embeddings the captioner looks at');
  const dataset = await runtime.dataset(request.dataset, call);
  const images = await runtime.registry.models.getVersion({ model: request.imageModel }, { signal: call.signal });
  const resolved = resolveCaptioner(request, dataset, images);
  const { model, idempotencyKey } = request;
  const task = rnn.TrainingTask.toJSON({ task: { $case: 'captioner', value: resolved } });
  return runtime.createJob({ model, dataset: dataset.name, spec: task, idempotencyKey }, call);
}
