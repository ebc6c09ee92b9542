import { autoencoder, QuartetError, Schedule, type Dataset, type Job, type TrainingOptions } from '@quartet/contracts';
import { checkEarlyStopping, checkRequiredNames, resolveTrainingOptions, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { shapeOf, type DataShape } from './data/shape';
import { resolveSpec } from './spec';

/** What an autoencoder trains better with than the shared defaults. */
export const DEFAULTS: Partial<TrainingOptions> = { epochs: 10, schedule: Schedule.SCHEDULE_WARMUP_COSINE };

/**
 * Checks a Train request against its data, fills its defaults in, and queues the job.
 * @throws QuartetError INVALID_FIELD with a violation for each bad field; DATASET_NOT_FOUND; UNUSABLE_DATASET
 */
export async function train(runtime: FamilyRuntime, request: autoencoder.TrainRequest, call: CallScope): Promise<Job> {
  checkRequiredNames(request);
  const dataset = await runtime.dataset(request.dataset, call);
  const resolved = resolve(request, dataset);
  const { model, idempotencyKey } = request;
  return runtime.createJob({ model, dataset: dataset.name, spec: autoencoder.TrainRequest.toJSON(resolved), idempotencyKey }, call);
}

/** The request with every default filled in. */
export function resolve(request: autoencoder.TrainRequest, dataset: Dataset): autoencoder.TrainRequest {
  const data = checkedShape(dataset);
  const violations = new Violations();
  const spec = resolveSpec(request.spec, data, violations);
  const options = resolveTrainingOptions(request.options, violations, 'options', DEFAULTS);
  const { shift, rotate, scale, flipHorizontal, erase } = options.augmentation;
  if (data.kind !== 'image' && (shift || rotate || scale || flipHorizontal || erase)) violations.add('options.augmentation', `changes images, but the data is a ${data.kind}; leave it out, or set \`spec.corruption\``);
  checkEarlyStopping(options, dataset, violations);
  violations.throwIfAny();
  return { ...request, spec, options };
}

/** @throws QuartetError UNUSABLE_DATASET unless it holds what autoencoders train on. */
function checkedShape(dataset: Dataset): DataShape {
  const refuse = (description: string) => {
    const field = 'dataset';
    return new QuartetError('UNUSABLE_DATASET', `${field}: '${dataset.name}' ${description}`, { violations: [{ field, description }], metadata: { dataset: dataset.name } });
  };
  const data = shapeOf(dataset);
  if (!data) throw refuse(`holds a ${dataset.schema?.kind || 'data set without schema'}; the autoencoder family trains on images, tables, series and sequences of numbers`);
  if (data.rows === 0) throw refuse('has no training part');
  if (data.kind === 'series' && data.rows < 2) throw refuse('has one row of training data; a series takes at least 2');
  return data;
}
