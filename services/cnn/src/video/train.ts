import { cnn, Part, QuartetError, Schedule, type Dataset, type Job, type TrainingOptions } from '@quartet/contracts';
import { checkEarlyStopping, checkRequiredNames, hasPart, resolveTrainingOptions, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { resolveVideoSpec, videoDataOf } from './spec';

/** What networks over clips train better with than the shared defaults. */
export const DEFAULTS: Partial<TrainingOptions> = { epochs: 8, batchSize: 32, learningRate: 0.002, schedule: Schedule.SCHEDULE_WARMUP_COSINE };

/**
 * Checks a TrainVideo request against its data, fills its defaults in, and queues the job.
 * @throws QuartetError INVALID_FIELD with a violation for each bad field; DATASET_NOT_FOUND; UNUSABLE_DATASET
 */
export async function trainVideo(runtime: FamilyRuntime, request: cnn.TrainVideoRequest, call: CallScope): Promise<Job> {
  checkRequiredNames(request);
  const dataset = await runtime.dataset(request.dataset, call);
  const resolved = resolveVideo(request, dataset);
  const { model, idempotencyKey } = request;
  return runtime.createJob({ model, dataset: dataset.name, spec: cnn.TrainVideoRequest.toJSON(resolved), idempotencyKey }, call);
}

/** The request with every default filled in. */
export function resolveVideo(request: cnn.TrainVideoRequest, dataset: Dataset): cnn.TrainVideoRequest {
  checkDataset(dataset);
  const violations = new Violations();
  const spec = resolveVideoSpec(request.spec, videoDataOf(dataset.schema!), violations);
  const options = resolveTrainingOptions(request.options, violations, 'options', DEFAULTS);
  if (request.options?.augmentation) violations.add('options.augmentation', 'is for images: moved or mirrored, a clip may be of another class; leave it out');
  checkEarlyStopping(options, dataset, violations);
  violations.throwIfAny();
  return { ...request, spec, options };
}

/** @throws QuartetError UNUSABLE_DATASET unless it holds clips of at least two classes to train on. */
function checkDataset({ name, schema, parts }: Dataset): void {
  const refuse = (description: string) => {
    const field = 'dataset';
    return new QuartetError('UNUSABLE_DATASET', `${field}: '${name}' ${description}`, { violations: [{ field, description }], metadata: { dataset: name } });
  };
  if (schema?.kind !== 'video') throw refuse(`holds data of kind ${schema?.kind || 'unknown'}; TrainVideo trains on videos${schema?.kind === 'image' ? '; call Train' : ''}`);
  if (schema.classNames.length < 2) throw refuse(`has ${schema.classNames.length} class; at least 2 are needed to tell apart`);
  if (!hasPart(parts, Part.PART_TRAIN)) throw refuse('has no training part');
}
