import { createHash } from 'node:crypto';
import type { ExampleBatch } from '@quartet/core';
import type { LoadedPart } from '../types';
import { evaluationBatches } from './evaluation-batches';
import { ImageBatches } from './image-batches';
import type { ImageBatchesOptions } from './options';

/** Images of 3x2 whose pixels, and labels, tell their index. */
const part = (count: number): LoadedPart => ({
  count,
  exampleShape: [3, 2, 1],
  examples: new Uint8Array(count * 6).map((_, i) => Math.floor(i / 6)),
  labels: new Int32Array(count).map((_, i) => i),
});
const batches = (count: number, options: Partial<ImageBatchesOptions> = {}) => new ImageBatches(part(count), { batchSize: 4, seed: 1, ...options });
const epochOf = (source: ImageBatches, epoch: number) => Array.from({ length: source.stepsPerEpoch }, (_, step) => plain(source.batch(epoch, step)));
/** A batch's arrays. */
const plain = ({ inputs: { x, y }, count }: ExampleBatch) => ({ x: x!.data as Float32Array, y: y!.data as Int32Array, shape: x!.shape, count });
const all = { shift: 0.2, rotate: 20, scale: 0.2, flipHorizontal: true, erase: 0.5 };

describe('ImageBatches', () => {
  it('visits each example once an epoch, scaled to 0..1, the last batch padded with zeros', () => {
    const source = batches(10);
    expect(source.stepsPerEpoch).toBe(3);
    const epoch = epochOf(source, 0);
    expect(epoch.map(({ count, shape }) => [count, shape])).toEqual([4, 4, 2].map((count) => [count, [4, 3, 2, 1]]));
    const rows = epoch.flatMap(({ y, count }) => [...y.subarray(0, count)]);
    expect([...rows].sort((a, b) => a - b)).toEqual([...Array(10).keys()]);
    for (const { x, y, count } of epoch) {
      expect([x.constructor, y.constructor, x.length, y.length]).toEqual([Float32Array, Int32Array, 24, 4]);
      for (let i = 0; i < 24; i++) expect(x[i]).toBe(i < count * 6 ? Math.fround(y[Math.floor(i / 6)]! / 255) : 0);
    }
  });

  it.each([{}, { augmentation: all }])('is a pure function of seed, epoch and step: %p', (options) => {
    const straight = [0, 1, 2].map((epoch) => epochOf(batches(10, options), epoch));
    const source = batches(10, options);
    for (const [epoch, step] of [[2, 1], [0, 2], [1, 0], [2, 1], [0, 0]] as const) {
      expect(plain(source.batch(epoch, step))).toEqual(straight[epoch]![step]);
    }
    expect(straight[0]).not.toEqual(straight[1]);
    expect(epochOf(batches(10, { ...options, seed: 2n }), 0)).not.toEqual(straight[0]);
  });

  it('repeats bit for bit between releases', () => {
    const hash = createHash('sha256');
    for (const epoch of [0, 1]) {
      for (const { x, y } of epochOf(batches(50, { augmentation: all, seed: 123456789012345n }), epoch)) hash.update(x).update(y);
    }
    expect(hash.digest('hex')).toBe(PINNED);
  });

  it('changes an example in the same way whatever the batch size', () => {
    const byLabel = (batchSize: number) => {
      const images = new Map<number, number[]>();
      for (const { x, y, count } of epochOf(batches(10, { batchSize, augmentation: all }), 3)) {
        for (let i = 0; i < count; i++) images.set(y[i]!, [...x.subarray(i * 6, i * 6 + 6)]);
      }
      return images;
    };
    expect(byLabel(3)).toEqual(byLabel(10));
  });

  it('keeps the order without shuffling, takes floats as they are, and cuts the batch size to the data', () => {
    const floats: LoadedPart = { ...part(3), examples: Float32Array.from({ length: 18 }, (_, i) => i / 18) };
    const { x, y, count, shape } = plain(new ImageBatches(floats, { batchSize: 100, seed: 1, shuffle: false }).batch(5, 0));
    expect([x, [...y], count, shape]).toEqual([floats.examples, [0, 1, 2], 3, [3, 3, 2, 1]]);
  });

  it('keeps augmented pixels within 0..1', () => {
    const source = new ImageBatches({ ...part(50), examples: new Uint8Array(300).fill(255) }, { batchSize: 50, seed: 1, augmentation: all });
    const { x } = plain(source.batch(0, 0));
    expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...x)).toBeLessThanOrEqual(1);
    expect(new Set(x).size).toBeGreaterThan(50);
  });

  it('refuses tables, empty parts and options out of range', () => {
    const table: LoadedPart = { ...part(2), exampleShape: [6] };
    expect(() => new ImageBatches(table, { batchSize: 1, seed: 1 })).toThrow('Received a table with examples of shape [6]; expected images [height, width, channels].');
    expect(() => batches(0)).toThrow('Received no example; expected images');
    expect(() => batches(3, { batchSize: 0 })).toThrow('batch_size: is 0; expected a whole number of at least 1.');
    expect(() => batches(3, { augmentation: { rotate: 200 } })).toThrow('augmentation.rotate: is 200; expected 0 to 180. Set 0 to turn it off.');
    expect(() => batches(3, { augmentation: { shift: NaN } })).toThrow('augmentation.shift: is NaN; expected 0 to 0.5.');
  });
});

describe('ImageBatches of videos', () => {
  const clips: LoadedPart = { ...part(6), exampleShape: [2, 3, 1, 1] };

  it('are batches of clips, which are not augmented', () => {
    const [first, second] = epochOf(new ImageBatches(clips, { batchSize: 4, seed: 1 }), 0);
    expect([first!.shape, second!.count]).toEqual([[4, 2, 3, 1, 1], 2]);
    expect(first!.x.subarray(0, 6)).toEqual(new Float32Array(6).fill(first!.y[0]! / 255));
    expect(() => new ImageBatches(clips, { batchSize: 4, seed: 1, augmentation: { flipHorizontal: true } })).toThrow('Received augmentation of videos [2, 3, 1, 1]; expected images [height, width, channels]. Leave the augmentation out.');
  });
});

describe('evaluationBatches', () => {
  it('gives all rows in order, each time anew, the last batch padded', () => {
    const source = evaluationBatches(part(5), 2);
    for (let round = 0; round < 2; round++) {
      const given = [...(source.batches() as Iterable<ExampleBatch>)].map(plain);
      expect(given.map(({ y, count }) => [[...y], count])).toEqual([[[0, 1], 2], [[2, 3], 2], [[4, 0], 1]]);
      expect(given[2]!.x).toEqual(Float32Array.from({ length: 12 }, (_, i) => (i < 6 ? 4 / 255 : 0)));
      expect(given[2]!.shape).toEqual([2, 3, 2, 1]);
    }
  });

  it('takes tables and empty parts', () => {
    const table: LoadedPart = { count: 1, exampleShape: [2], examples: Float32Array.from([5, 6]), labels: Int32Array.from([1]) };
    expect([...(evaluationBatches(table, 9).batches() as Iterable<ExampleBatch>)].map(plain)).toEqual([{ x: table.examples, y: table.labels, count: 1, shape: [1, 2] }]);
    expect([...(evaluationBatches(part(0), 9).batches() as Iterable<unknown>)]).toEqual([]);
  });
});

const PINNED = '8dc33997e2ae54eb7533e86d8b23e23a92eeb553b3762f7b8bc65ea82d7e1df0';
