import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type * as Core from '../src';

// The built library: a worker thread can't load TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
const { PrefetchedBatches } = require('..') as typeof Core;

const MODULE = path.join(__dirname, 'fixtures/batches.cjs');
const sources: Core.PrefetchedBatches[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) await source.dispose();
});

async function start(data: Record<string, unknown> = {}, ahead?: number) {
  const shared = new SharedArrayBuffer(8);
  const source = await PrefetchedBatches.start({ module: MODULE, data: { shared, stepsPerEpoch: 4, ...data }, ahead });
  sources.push(source);
  return { source, memory: new Float32Array(shared) };
}
const at = async (source: Core.PrefetchedBatches, epoch: number, step: number): Promise<number> => (await source.batch(epoch, step)).inputs.x!.data[0]!;
const made = async (memory: Float32Array): Promise<number> => {
  await pause(100);
  return memory[0]!;
};

test('gives the batches of the source, in its order and in any other', async () => {
  const { source } = await start();
  expect(source.stepsPerEpoch).toBe(4);
  expect(await source.batch(1, 2)).toEqual({
    inputs: { x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(6, 0) }, y: { dtype: 'int32', shape: [1], data: Int32Array.of(2) } },
    count: 1,
  });
  const order = [[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [0, 1], [0, 1], [5, 3], [6, 0], [6, 2]] as const;
  for (const [epoch, step] of order) expect(await at(source, epoch, step)).toBe(epoch * 4 + step);
});

test('makes so many beforehand and no more, each once', async () => {
  const { source, memory } = await start({}, 3);
  expect(await made(memory)).toBe(0);
  await source.batch(0, 0);
  expect(await made(memory)).toBe(4);
  await source.batch(0, 1);
  expect(await made(memory)).toBe(5);
  // Going on after the epoch's end.
  await source.batch(0, 2);
  await source.batch(0, 3);
  expect(await made(memory)).toBe(7);
});

test('the next batch is made while this thread is busy', async () => {
  const { source, memory } = await start({}, 1);
  await source.batch(0, 0);
  const until = Date.now() + 200;
  while (Date.now() < until);
  expect(memory[0]).toBe(2);
});

test('shares memory with the source', async () => {
  const { source, memory } = await start({}, 1);
  memory[1] = 42;
  expect((await source.batch(0, 0)).inputs.x!.data[1]).toBe(42);
});

test('a failure reaches whoever asks for that batch, and the others stay', async () => {
  const { source } = await start({ failAt: 1 });
  expect(await at(source, 0, 0)).toBe(0);
  await pause(50);
  await expect(source.batch(0, 1)).rejects.toMatchObject({ reason: 'INTERNAL', message: "no batch could be made: batch 1 can't be read" });
  expect(await at(source, 0, 2)).toBe(2);
  const { source: other } = await start({ failAt: 0, reason: 'CORRUPT_DATA' });
  await expect(other.batch(0, 0)).rejects.toMatchObject({ name: 'CoreError', reason: 'CORRUPT_DATA', message: "batch 0 can't be read" });
});

test('a source that cannot be made is refused with its own error', async () => {
  await expect(start({ stepsPerEpoch: 0 })).rejects.toMatchObject({ reason: 'UNUSABLE_DATASET', message: 'received no example', metadata: { part: 'train' } });
  await expect(PrefetchedBatches.start({ module: path.join(__dirname, 'fixtures/none.cjs'), data: {} })).rejects.toMatchObject({ reason: 'INTERNAL', message: expect.stringContaining('Cannot find module') });
  await expect(PrefetchedBatches.start({ module: 'node:path', data: {} })).rejects.toMatchObject({ message: expect.stringContaining('node:path exports no `createBatches`') });
  expect(() => PrefetchedBatches.start({ module: MODULE, data: {}, ahead: 0 })).toThrow('ahead: received 0, expected a whole number of at least 1');
});

test('a worker that dies rejects what is waited for, and all after it', async () => {
  const { source } = await start({ exitAt: 1 }, 1);
  expect(await at(source, 0, 0)).toBe(0);
  await expect(source.batch(0, 1)).rejects.toThrow('the batch worker ended with exit code 3');
  await expect(source.batch(0, 2)).rejects.toThrow('the batch worker ended with exit code 3');
});

test('dispose rejects what is waited for', async () => {
  const { source } = await start();
  const waited = source.batch(0, 0);
  await Promise.all([source.dispose(), expect(waited).rejects.toThrow('the batches were disposed of')]);
  await expect(source.batch(0, 1)).rejects.toMatchObject({ reason: 'WRONG_STATE' });
});
