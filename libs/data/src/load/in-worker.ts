import { join } from 'node:path';
import type { PrefetchOptions } from '@quartet/core';
import type { LoadedPart } from '../types';
import type { ImageBatchesData } from './image-batches-worker';
import type { ImageBatchesOptions } from './options';

/**
 * ImageBatches for core's PrefetchedBatches, which makes them in a worker thread:
 *
 *     const training = await PrefetchedBatches.start(imageBatchesInWorker(part, { batchSize: 128, seed }));
 *
 * The worker shares the part's memory with whoever holds it.
 */
export function imageBatchesInWorker(part: LoadedPart, options: ImageBatchesOptions): PrefetchOptions {
  const { batchSize, seed, shuffle, augmentation } = options;
  const { targets } = part;
  const shared: LoadedPart = { ...part, examples: sharedCopy(part.examples), labels: sharedCopy(part.labels), ...(targets && { targets: { ...targets, data: sharedCopy(targets.data) } }) };
  const data: ImageBatchesData = { part: shared, options: { batchSize, seed, shuffle, augmentation: augmentation && { ...augmentation } } };
  return { module: join(__dirname, 'image-batches-worker.js'), data };
}

/** In memory that threads share; the array itself if it lies there. */
function sharedCopy<A extends Uint8Array | Float32Array | Int32Array>(array: A): A {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  // Not the array's own constructor: bytes may come as a Buffer.
  const memory = new SharedArrayBuffer(array.byteLength);
  const copy = array instanceof Float32Array ? new Float32Array(memory) : array instanceof Int32Array ? new Int32Array(memory) : new Uint8Array(memory);
  copy.set(array);
  return copy as A;
}
