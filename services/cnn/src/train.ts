import { cnn, Part, QuartetError, type Dataset, type Job } from '@quartet/contracts';
import { checkRequiredNames, resolveTrainingOptions, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { resolveCalibration } from './calibrate';
import { defaultSpec } from './default-spec';
import { resolveRegularization } from './regularization';
import { imageDataOf, resolveSpec } from './spec';

/**
 * Checks a Train request against its data, fills its defaults in, and queues the job.
 * @throws QuartetError INVALID_FIELD with a violation for each bad field; DATASET_NOT_FOUND; UNUSABLE_DATASET
 */
export async function train(runtime: FamilyRuntime, request: cnn.TrainRequest, call: CallScope): Promise<Job> {
  checkRequiredNames(request);
  const dataset = await runtime.dataset(request.dataset, call);
  const resolved = resolve(request, dataset);
  const { model, idempotencyKey } = request;
  return runtime.createJob({ model, dataset: dataset.name, spec: cnn.TrainRequest.toJSON(resolved), idempotencyKey }, call);
}

/** The request with every default filled in. */
export function resolve(request: cnn.TrainRequest, dataset: Dataset): cnn.TrainRequest {
  checkDataset(dataset);
  const violations = new Violations();
  const data = imageDataOf(dataset.schema!);
  const spec = resolveSpec(request.spec ?? defaultSpec(data), data, violations);
  const regularization = resolveRegularization(request.regularization, dataset, violations);
  const calibration = resolveCalibration(request.calibration, dataset, violations);
  const options = resolveTrainingOptions(request.options, violations);
  const validates = dataset.parts.some(({ part, count }) => part === Part.PART_VALIDATION && count > 0n);
  if (options.earlyStoppingPatience > 0 && !validates) {
    violations.add('options.early_stopping_patience', `is ${options.earlyStoppingPatience}, but data set '${dataset.name}' has no validation part; set it to 0, or import the data with a validation_share`);
  }
  violations.throwIfAny();
  return { ...request, spec, options, regularization, calibration };
}

/** @throws QuartetError UNUSABLE_DATASET unless it holds images of at least two classes, of labels or of numbers to train on. */
function checkDataset({ name, schema, parts }: Dataset): void {
  const refuse = (description: string) => {
    const field = 'dataset';
    return new QuartetError('UNUSABLE_DATASET', `${field}: '${name}' ${description}`, { violations: [{ field, description }], metadata: { dataset: name } });
  };
  if (schema?.kind !== 'image') throw refuse(`holds a ${schema?.kind || 'data set without schema'}; Train trains on images${schema?.kind === 'video' ? '; call TrainVideo' : ''}`);
  if (!schema.target && schema.classNames.length < 2) throw refuse(`has ${schema.classNames.length} class; at least 2 are needed to tell apart`);
  if (!parts.some(({ part, count }) => part === Part.PART_TRAIN && count > 0n)) throw refuse('has no training part');
}
