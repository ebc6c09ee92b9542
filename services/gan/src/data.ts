import { epochOrder, ImageBatches, imageBatchesInWorker, loadPart, loadRecords, type LoadedPart } from '@quartet/data';
import { PrefetchedBatches, type BatchSource, type ExampleBatch } from '@quartet/core';
import { QuartetError } from '@quartet/contracts';
import type { TrainingJob } from '@quartet/service-kit';
import { clipsOf, kindOf } from './kinds';

/** Batches of a part without the last one of each epoch where it isn't whole: a discriminator compares as many real as generated examples. */
export interface WholeBatches extends BatchSource {
  dispose(): void;
}

/** Images are made into batches in a worker thread. */
export async function wholeBatches(part: LoadedPart, batchSize: number, seed: bigint): Promise<WholeBatches> {
  const stepsPerEpoch = Math.floor(part.count / batchSize);
  if (kindOf(part.exampleShape) !== 'image') return { stepsPerEpoch, batch: plainBatch(part, batchSize, seed), dispose: () => {} };
  const batches = await PrefetchedBatches.start(imageBatchesInWorker(part, { batchSize, seed }));
  return { stepsPerEpoch, batch: (epoch, step) => batches.batch(epoch, step), dispose: () => void batches.dispose() };
}

function plainBatch(part: LoadedPart, batchSize: number, seed: bigint): BatchSource['batch'] {
  const all = Uint32Array.from({ length: part.count }, (_, row) => row);
  const size = part.exampleShape.reduce((a, b) => a * b, 1);
  let order: { epoch: number; rows: Uint32Array } = { epoch: -1, rows: all };
  return (epoch, step) => {
    if (order.epoch !== epoch) order = { epoch, rows: epochOrder(all, seed, epoch) };
    const rows = order.rows.subarray(step * batchSize, (step + 1) * batchSize);
    const x = new Float32Array(batchSize * size);
    const y = new Int32Array(batchSize);
    rows.forEach((row, at) => {
      x.set(unit(part.examples.subarray(row * size, (row + 1) * size)), at * size);
      y[at] = part.labels[row]!;
    });
    return labelled(x, [batchSize, ...part.exampleShape], y);
  };
}

/** As many examples of each class as there can be, `wanted` in all, drawn by the seed; over and over, a batch a step. */
export function labelledBatches(part: LoadedPart, classes: number, wanted: number, batchSize: number, seed: bigint): BatchSource {
  const order = epochOrder(Uint32Array.from({ length: part.count }, (_, row) => row), seed, 0);
  const queues = Array.from({ length: classes }, (_, of) => [...order].filter((row) => part.labels[row] === of));
  const rows: number[] = [];
  while (rows.length < Math.min(wanted, part.count)) for (const queue of queues) if (queue.length > 0 && rows.length < wanted) rows.push(queue.shift()!);
  const some = rowsOf(part, rows);
  const size = Math.min(batchSize, some.count);
  const stepsPerEpoch = Math.floor(some.count / size);
  if (kindOf(part.exampleShape) === 'video' || kindOf(part.exampleShape) === 'sound') return { stepsPerEpoch, batch: plainBatch(some, size, seed) };
  const source = new ImageBatches(some, { batchSize: size, seed });
  return { stepsPerEpoch, batch: (epoch, step) => source.batch(epoch, step) };
}

/** Some rows of a part as a part of their own. */
export function rowsOf({ exampleShape, examples, labels }: LoadedPart, rows: readonly number[]): LoadedPart {
  const size = exampleShape.reduce((a, b) => a * b, 1);
  const taken = examples instanceof Float32Array ? new Float32Array(rows.length * size) : new Uint8Array(rows.length * size);
  rows.forEach((row, at) => taken.set(examples.subarray(row * size, (row + 1) * size), at * size));
  return { count: rows.length, exampleShape, examples: taken, labels: Int32Array.from(rows, (row) => labels[row]!) };
}

/** So many rows of a part, evenly spread over it: what was stored class by class keeps its classes. */
export function spreadRows(part: LoadedPart, most: number): LoadedPart {
  if (part.count <= most) return part;
  return rowsOf(part, Array.from({ length: most }, (_, at) => Math.floor((at * part.count) / most)));
}

/** Pixels as numbers in 0..1; whatever isn't bytes, as it is. */
const unit = (values: Uint8Array | Float32Array): Float32Array => (values instanceof Float32Array ? values : Float32Array.from(values, (value) => value / 255));

/** A part's examples as one batch: images in 0..1. */
export function batchOf({ count, exampleShape, examples, labels }: LoadedPart): ExampleBatch {
  return labelled(unit(examples).slice(), [count, ...exampleShape], labels.slice());
}

const labelled = (x: Float32Array, shape: number[], y: Int32Array): ExampleBatch => ({ inputs: { x: { dtype: 'float32', shape, data: x }, y: { dtype: 'int32', shape: [y.length], data: y } }, count: y.length });

/** @param samples Of recordings: of each example. */
export async function loaded(job: TrainingJob, name: 'train' | 'validation' | 'test', samples: number): Promise<LoadedPart | undefined> {
  const files = job.files[name];
  if (!files) return undefined;
  const { schema } = job.dataset;
  const part = schema?.kind === 'recording' ? clipsOf(await loadRecords(files.examples, files.labels, schema.columns), samples) : await loadPart(files.examples, files.labels);
  return part.count > 0 ? part : undefined;
}

/** @throws QuartetError UNUSABLE_DATASET when all examples are one. */
export function checkVariety({ count, exampleShape, examples }: LoadedPart, dataset: string): void {
  const size = exampleShape.reduce((a, b) => a * b, 1);
  for (let at = size; at < count * size; at += 1) if (examples[at] !== examples[at % size]) return;
  const description = `holds ${count} training examples that are all the same, expected different ones: there is nothing to learn but that one; import others`;
  throw new QuartetError('UNUSABLE_DATASET', `dataset: '${dataset}' ${description}`, { violations: [{ field: 'dataset', description }], metadata: { dataset } });
}
