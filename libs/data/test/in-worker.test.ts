import { PrefetchedBatches } from '@quartet/core';
import type * as Data from '../src';

// The built library: a worker thread can't load TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
const { ImageBatches, imageBatchesInWorker } = require('..') as typeof Data;

const part = (examples: Uint8Array | Float32Array): Data.LoadedPart => ({ count: 10, exampleShape: [3, 2, 1], examples, labels: Int32Array.from({ length: 10 }, (_, i) => i) });
const BYTES = Uint8Array.from({ length: 60 }, (_, i) => i * 4);

test.each([
  ['bytes', BYTES],
  ['a view into a Buffer', Buffer.concat([Buffer.from([1, 2, 3]), BYTES]).subarray(3)],
  ['floats', Float32Array.from(BYTES, (byte) => byte / 255)],
])('the worker gives what ImageBatches gives, augmentation and all: %s', async (_name, examples) => {
  const options = { batchSize: 4, seed: 7n, augmentation: { shift: 0.2, rotate: 20, flipHorizontal: true, erase: 0.5 } };
  const own = new ImageBatches(part(examples), options);
  const prefetched = await PrefetchedBatches.start(imageBatchesInWorker(part(examples), options));
  expect(prefetched.stepsPerEpoch).toBe(3);
  for (const [epoch, step] of [[0, 0], [0, 1], [0, 2], [1, 0], [3, 1]] as const) expect(await prefetched.batch(epoch, step)).toEqual(own.batch(epoch, step));
  await prefetched.dispose();
});

test('memory that is shared already is not copied, other memory is left as it is', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(60));
  const once = (imageBatchesInWorker(part(shared), { batchSize: 4, seed: 1 }).data as { part: Data.LoadedPart }).part;
  expect(once.examples).toBe(shared);
  expect(once.labels.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test('options out of range are refused as by ImageBatches', async () => {
  const options = { batchSize: 4, seed: 1, augmentation: { rotate: 200 } };
  await expect(PrefetchedBatches.start(imageBatchesInWorker(part(BYTES), options))).rejects.toMatchObject({
    reason: 'INVALID_FIELD',
    violations: [{ field: 'augmentation.rotate', description: 'is 200; expected 0 to 180. Set 0 to turn it off.' }],
  });
});
