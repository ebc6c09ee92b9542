import { uniformNumbers } from '@quartet/core';
import { Violations } from '@quartet/service-kit';
import { resolveAugmentation, toAugmentation } from './augmentation';
import { BucketedOrder } from './bucketed-order';
import { bucketOf, bucketsFor } from './buckets';
import { FrontEnd, frontEndOf, measureBands } from './front-end';
import { Listener } from './listen';

const random = uniformNumbers(3);
const noise = (length: number, level = 0.1): Float32Array => Float32Array.from({ length }, () => level * (random() - 0.5));

describe('the front end', () => {
  const sounds = [noise(4000), noise(9000, 0.4)];
  const outline = frontEndOf(8000, 'training');
  const frontEnd = new FrontEnd({ ...outline, ...measureBands(2, (row) => sounds[row]!, new FrontEnd(outline)) });

  test('gives live sound the steps of the whole, whatever the pieces', () => {
    const whole = frontEnd.of(sounds[1]!);
    const stream = frontEnd.stream();
    const pieces = [0, 100, 101, 2500, 2700, 9000].map((end, index, all) => stream(sounds[1]!.slice(all[index - 1] ?? 0, end)));
    expect(pieces.flatMap(({ data }) => [...data])).toEqual([...whole.data]);
    expect(pieces.reduce((sum, { steps }) => sum + steps, 0)).toBe(whole.steps);
  });

  test('scales the training part to mean 0 and deviation 1', () => {
    const { data } = frontEnd.of(sounds[0]!);
    const other = frontEnd.of(sounds[1]!).data;
    const all = [...data, ...other];
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length)).toBeCloseTo(1, 1);
  });

  test('knows how many samples its steps take', () => {
    for (const steps of [1, 2, 17]) {
      expect(frontEnd.steps(frontEnd.samples(steps))).toBe(steps);
      expect(frontEnd.steps(frontEnd.samples(steps) - 1)).toBe(steps - 1);
    }
    expect(frontEnd.secondsPerStep).toBeCloseTo(0.03, 10);
  });

  test.each([4000, 8000, 16_000, 44_100])('is made for %i Hz', (rate) => {
    expect(new FrontEnd(frontEndOf(rate, 'recording')).of(noise(rate)).steps).toBeGreaterThan(30);
  });
});

describe('buckets', () => {
  test('are few, fit all, and only as many as spare padding', () => {
    expect(bucketsFor([20, 21, 22, 24])).toEqual([24]);
    expect(bucketsFor([...new Array<number>(50).fill(10), ...new Array<number>(50).fill(100)])).toEqual([16, 104]);
    const lengths = Array.from({ length: 300 }, () => 1 + Math.floor(1000 * random() ** 3));
    const buckets = bucketsFor(lengths);
    expect(buckets.length).toBe(3);
    for (const length of lengths) expect(bucketOf(length, buckets)).toBeGreaterThanOrEqual(length);
  });

  test('make batches of each row once an epoch, in another order each, all full but one', () => {
    const lengths = Array.from({ length: 103 }, (_, row) => 1 + (row % 40));
    const order = new BucketedOrder(lengths, [16, 40], 8, 5n);
    const [first, second] = [order.epoch(0), order.epoch(1)];
    for (const epoch of [first, second]) {
      expect(epoch.length).toBe(order.batches);
      expect(epoch.flatMap(({ rows }) => [...rows]).sort((a, b) => a - b)).toEqual([...lengths.keys()]);
      expect(epoch.filter(({ rows }) => rows.length < 8)).toHaveLength(1);
      for (const { bucket, rows } of epoch) for (const row of rows) expect(lengths[row]).toBeLessThanOrEqual(bucket);
    }
    expect(second).not.toEqual(first);
    expect(new BucketedOrder(lengths, [16, 40], 8, 5n).epoch(1)).toEqual(second);
  });
});

test('clipping is told, a lone peak is not', () => {
  const clipped = new Listener();
  clipped.push(noise(1000).fill(1, 100, 150));
  expect(clipped.warnings()).toEqual(['clipped: 5.0 % of the samples are at full scale; record at a lower level']);
  const peak = new Listener();
  peak.push(noise(1000).fill(1, 100, 102));
  expect(peak.warnings()).toEqual([]);
});

test('augmentation has defaults, and is switched off by its ends', () => {
  const violations = new Violations();
  expect(toAugmentation(resolveAugmentation(undefined, violations, 'augmentation'))).toEqual({ speed: [0.85, 1.15], noise: [10, 60], gain: [-10, 10] });
  expect(toAugmentation(resolveAugmentation({ speed: 0, noiseDb: 60, gainDb: 0 }, violations, 'augmentation'))).toEqual({});
  expect(violations.any).toBe(false);
});
