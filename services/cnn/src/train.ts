import { cnn, Part, QuartetError, type Dataset, type Job, type Version } from '@quartet/contracts';
import { planTransfer, type TransferSource } from '@quartet/core';
import { checkEarlyStopping, checkRequiredNames, hasPart, resolveTrainingOptions, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { resolveCalibration } from './calibrate';
import { defaultSpec } from './default-spec';
import { manifestOf } from './model-info';
import { isPreset } from './presets';
import { resolveRegularization } from './regularization';
import { imageDataOf, outputNames, resolveSpec, toNetworkSpec } from './spec';
import { findSource, frozenLayersOf, nameOf, toTransferSource } from './transfer/source';
import { toProtoSpec } from './transfer/to-proto-spec';

/**
 * Checks a Train request against its data, fills its defaults in, and queues the job.
 * @throws QuartetError INVALID_FIELD with a violation for each bad field; DATASET_NOT_FOUND; UNUSABLE_DATASET
 */
export async function train(runtime: FamilyRuntime, request: cnn.TrainRequest, call: CallScope): Promise<Job> {
  checkRequiredNames(request);
  const [dataset, source] = await Promise.all([runtime.dataset(request.dataset, call), findSource(runtime, request.startFrom, call)]);
  const resolved = resolve(request, dataset, source);
  const { model, idempotencyKey } = request;
  return runtime.createJob({ model, dataset: dataset.name, spec: cnn.TrainRequest.toJSON(resolved), idempotencyKey }, call);
}

/** The request with every default filled in, and the version that it starts from by its number. */
export function resolve(request: cnn.TrainRequest, dataset: Dataset, source?: Version): cnn.TrainRequest {
  checkDataset(dataset);
  const violations = new Violations();
  const data = imageDataOf(dataset.schema!);
  const spec = resolveSpec(givenSpec(request) ?? (source ? toProtoSpec(manifestOf(source).spec.layers) : defaultSpec(data)), data, violations);
  const regularization = resolveRegularization(request.regularization, dataset, violations);
  const calibration = resolveCalibration(request.calibration, dataset, violations);
  const options = resolveTrainingOptions(request.options, violations);
  checkEarlyStopping(options, dataset, violations);
  if (violations.list.length === 0) frozenLayersOf(request, spec, violations);
  violations.throwIfAny();
  const resolved = { ...request, spec, options, regularization, calibration };
  if (!source) return resolved;
  checkFits({ spec: toNetworkSpec(spec, data), classNames: outputNames(dataset.schema!) }, source, dataset.name);
  return { ...resolved, startFrom: { name: source.model, target: { $case: 'version', value: source.version } } };
}

/** A message without anything in it, which some clients send for a field that is left out, is no spec. */
const givenSpec = ({ spec }: cnn.TrainRequest): cnn.CnnSpec | undefined => (spec && (spec.layers.length > 0 || isPreset(spec)) ? spec : undefined);

/** @throws QuartetError SHAPE_MISMATCH naming the first layer that the source's weights don't fit. */
function checkFits(target: TransferSource, source: Version, dataset: string): void {
  try {
    planTransfer(target, toTransferSource(source));
  } catch (error) {
    if (!QuartetError.is(error) || error.reason !== 'SHAPE_MISMATCH') throw error;
    const message = `start_from: ${nameOf(source)} doesn't fit the spec and data set '${dataset}': ${error.message}. Leave the spec out to take its layers over, or train without start_from`;
    throw new QuartetError(error.reason, message, { violations: [...error.violations], metadata: { model: source.model } });
  }
}

/** @throws QuartetError UNUSABLE_DATASET unless it holds images of at least two classes, of labels or of numbers to train on. */
function checkDataset({ name, schema, parts }: Dataset): void {
  const refuse = (description: string) => {
    const field = 'dataset';
    return new QuartetError('UNUSABLE_DATASET', `${field}: '${name}' ${description}`, { violations: [{ field, description }], metadata: { dataset: name } });
  };
  if (schema?.kind !== 'image') throw refuse(`holds a ${schema?.kind || 'data set without schema'}; Train trains on images${schema?.kind === 'video' ? '; call TrainVideo' : ''}`);
  if (!schema.target && schema.classNames.length < 2) throw refuse(`has ${schema.classNames.length} class; at least 2 are needed to tell apart`);
  if (!hasPart(parts, Part.PART_TRAIN)) throw refuse('has no training part');
}
