import { DataType, Part, QuartetError, type Dataset, type gan, type ReadExamplesResponse, type Tensor } from '@quartet/contracts';
import { fromBytes, toUnitRange, type HostTensor } from '@quartet/core';
import { Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { recordsOf } from '@quartet/data';
import { METRICS } from './evaluate-metrics';
import { clipsOf } from './kinds';
import { latentOf } from './latents';
import { manifestOf } from './model-info';

const DEFAULT_COUNT = 1000;
const LEAST = 50;
const MOST = 5000;
/** Rows of one read; the reads are spread over the part, as what was stored class by class is to keep its classes. */
const READ = 50;

/** Measures what a version generates against real examples. */
export async function evaluate(runtime: FamilyRuntime, request: gan.EvaluateRequest, call: CallScope): Promise<gan.EvaluateResponse> {
  const violations = new Violations();
  if (request.count !== 0) violations.integer('count', request.count, LEAST, MOST);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const { spec, extra } = manifestOf(version);
  const dataset = await runtime.dataset(request.dataset || extra.dataset, call);
  checkFits(dataset, spec.exampleShape, extra.sampleRate);
  const part = request.part || [Part.PART_TEST, Part.PART_VALIDATION].find((each) => countOf(dataset, each) > 0) || Part.PART_TEST;
  const most = Math.min(countOf(dataset, part), countOf(dataset, Part.PART_TRAIN));
  const count = Math.min(request.count || DEFAULT_COUNT, most);
  if (count < LEAST) throw QuartetError.invalid('part', `${Part[part]} of '${dataset.name}' and its training part have ${most} examples to compare with, expected at least ${LEAST}; name another part or data set`);
  const [real, seen] = [await readPart(runtime, dataset, part, count, spec.exampleShape, call), await readPart(runtime, dataset, Part.PART_TRAIN, count, spec.exampleShape, call)];
  const z = new Float32Array(count * spec.latentSize);
  for (let row = 0; row < count; row += 1) z.set(latentOf(request.seed, row, spec.latentSize), row * spec.latentSize);
  const { metrics, floor } = await runtime.infer(
    version,
    'evaluate',
    {
      real: asOne(real.examples),
      seen: asOne(seen.examples),
      labels: asOne(real.labels),
      z: { dtype: 'float32', shape: [1, count, spec.latentSize], data: z },
      ...(spec.mode === 'conditional' && { y: { dtype: 'int32' as const, shape: [1, count], data: Int32Array.from({ length: count }, (_, row) => row % spec.classes) } }),
    },
    call,
  );
  return { metrics: named(metrics!), floor: named(floor!), count: BigInt(count), modelVersion: version.version };
}

const countOf = ({ parts }: Dataset, wanted: Part): number => Number(parts.find(({ part }) => part === wanted)?.count ?? 0n);

function checkFits({ name, schema }: Dataset, exampleShape: readonly number[], sampleRate: number | undefined): void {
  if (sampleRate !== undefined) {
    if (schema?.kind === 'recording' && schema.sampleRate === sampleRate) return;
    const received = schema?.kind === 'recording' ? `recordings of ${schema.sampleRate} samples a second` : `a ${schema?.kind ?? 'data set without schema'}`;
    throw QuartetError.invalid('dataset', `'${name}' holds ${received}, the model's have ${sampleRate}; name a data set of such recordings`, 'SHAPE_MISMATCH');
  }
  const shape = (schema?.exampleShape ?? []).map(Number);
  if (shape.join() === exampleShape.join()) return;
  throw QuartetError.invalid('dataset', `'${name}' has examples of shape [${shape.join(', ')}], the model's are [${exampleShape.join(', ')}]; name a data set of the same shape`, 'SHAPE_MISMATCH');
}

async function readPart({ registry }: FamilyRuntime, { name, schema, parts }: Dataset, part: Part, count: number, shape: number[], { signal }: CallScope): Promise<{ examples: HostTensor; labels: HostTensor }> {
  const size = shape.reduce((a, b) => a * b, 1);
  const total = Number(parts.find((each) => each.part === part)?.count ?? 0n);
  const examples = new Float32Array(count * size);
  const labels = new Int32Array(count);
  for (let first = 0; first < count; first += READ) {
    const offset = Math.floor((first * total) / count);
    const some = await registry.datasets.readExamples({ name, part, offset, count: Math.min(READ, count - first) }, { signal });
    const { x, y } = schema?.kind === 'recording' ? clips(some, schema.columns, size) : { x: toFloats(some.examples!), y: integers(some.labels!) };
    examples.set(x, first * size);
    labels.set(y, first);
  }
  return { examples: { dtype: 'float32', shape: [count, ...shape], data: examples }, labels: { dtype: 'int32', shape: [count], data: labels } };
}

const integers = ({ shape, data }: Tensor): Int32Array => fromBytes('int32', shape.map(Number), data).data as Int32Array;

function clips({ examples, labels }: ReadExamplesResponse, columns: readonly string[], samples: number): { x: Float32Array; y: Int32Array } {
  const part = clipsOf(recordsOf(Uint8Array.from(examples!.data), integers(labels!), columns), samples);
  return { x: part.examples as Float32Array, y: part.labels };
}

function toFloats({ dtype, shape, data }: Tensor): Float32Array {
  return toUnitRange(fromBytes(dtype === DataType.DATA_TYPE_UINT8 ? 'uint8' : 'float32', shape.map(Number), data)).data as Float32Array;
}

const asOne = (tensor: HostTensor): HostTensor => ({ ...tensor, shape: [1, ...tensor.shape] });

const named = ({ data }: HostTensor): Record<string, number> =>
  Object.fromEntries(METRICS.map((name, at) => [name, data[at] ?? NaN] as const).filter(([, value]) => Number.isFinite(value)));
