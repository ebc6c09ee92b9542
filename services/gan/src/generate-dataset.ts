import { DatasetFormat, QuartetError, type Dataset, type gan } from '@quartet/contracts';
import { uploadDataset } from '@quartet/client';
import { npyHeader } from '@quartet/data';
import { Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { kindOf } from './kinds';
import { labelled } from './labelled';
import { checkTruncation } from './latents';
import { manifestOf } from './model-info';

const DEFAULT_COUNT = 10_000;
const LEAST = 10;
const MOST = 100_000;

/** Generates a labelled data set of images or videos and stores it. */
export async function generateDataset(runtime: FamilyRuntime, request: gan.GenerateDatasetRequest, call: CallScope): Promise<Dataset> {
  const count = request.count || DEFAULT_COUNT;
  const violations = new Violations();
  if (request.dataset === '') violations.add('dataset', 'is empty; name the data set that is made');
  violations.integer('count', count, LEAST, MOST);
  checkTruncation(request.truncation, violations);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const { spec } = manifestOf(version);
  if (spec.mode !== 'conditional' || !['image', 'video'].includes(kindOf(spec.exampleShape))) {
    throw new QuartetError('WRONG_STATE', `${version.model} version ${version.version} generates no labelled images or videos: train one on such with MODE_CONDITIONAL`);
  }
  const { classifier } = manifestOf(version).extra;
  if (request.checked && !classifier) throw new QuartetError('WRONG_STATE', `${version.model} version ${version.version} has no classifier to check its examples by; leave \`checked\` out`);
  const { images, labels } = await labelled(runtime, version, { count, seed: request.seed, truncation: request.truncation, checked: request.checked ?? classifier }, call);
  const file = (path: string, descr: string, shape: number[], data: Uint8Array | Int32Array) => {
    const bytes = Buffer.concat([npyHeader(descr, shape), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
    return { path, source: bytes, size: bytes.length };
  };
  const files = [file('x_train.npy', '|u1', [count, ...spec.exampleShape], images), file('y_train.npy', '<i4', [count], labels)];
  return uploadDataset(runtime.registry, request.dataset, { format: DatasetFormat.DATASET_FORMAT_NUMPY, validationShare: request.validationShare }, files, { signal: call.signal });
}
