import type { HostTensor } from '@quartet/core';
import { PairBatches } from './batches';
import { bucketsFor, byBucket, fits, tokenizePairs, type Pair } from './pairs';

/** Pairs of 1 to `longest` tokens; the first token of a source tells them apart. */
const pairs = (count: number, longest: number): Pair[] =>
  Array.from({ length: count }, (_, row) => {
    const length = 1 + ((row * 7919) % longest);
    return { source: new Int32Array(length).fill(10 + row), target: new Int32Array(Math.max(1, length - (row % 2))).fill(5) };
  });

describe('pairs of texts', () => {
  it('get few lengths to be padded to, that hold all of them', () => {
    const all = pairs(600, 40);
    const buckets = bucketsFor(all, 16);
    expect(buckets.length).toBeGreaterThan(2);
    expect(buckets.at(-1)).toEqual({ source: 40, target: 39 });
    expect(buckets.map(({ source }) => source)).toEqual(buckets.map(({ source }) => source).sort((a, b) => a - b));
    expect(all.every((pair) => fits(pair, buckets.at(-1)!))).toBe(true);
    expect(byBucket(all, buckets).reduce((sum, rows) => sum + rows.length, 0)).toBe(600);
    // Too few pairs for a graph more, and pairs all alike.
    expect(bucketsFor(all.slice(0, 60), 16)).toHaveLength(1);
    expect(bucketsFor(pairs(600, 1), 16)).toEqual([{ source: 1, target: 1 }]);
  });

  it('are each seen once an epoch, in an order that seed and epoch decide', () => {
    const all = pairs(500, 30);
    const epochOf = (seed: bigint, epoch: number): number[] => {
      const batches = new PairBatches(all, bucketsFor(all, 16), 16, seed);
      return Array.from({ length: batches.stepsPerEpoch }, (_, step) => batches.batch(epoch, step)).flatMap(({ inputs, count }) => {
        const { data, shape } = inputs['source'] as HostTensor;
        return Array.from({ length: count }, (_, row) => data[row * shape[1]!]! - 10);
      });
    };
    const first = epochOf(3n, 0);
    expect([...first].sort((a, b) => a - b)).toEqual(all.map((_, row) => row));
    expect(epochOf(3n, 0)).toEqual(first);
    expect(epochOf(3n, 1)).not.toEqual(first);
    expect(epochOf(4n, 0)).not.toEqual(first);
  });

  it('are cut to the limits, the target without an end token then, and said', () => {
    const texts = [['a b c d', 'x y'], ['a', 'x y z'], ['', 'x']];
    const records = { count: 3, text: (row: number, field: string) => texts[row]![field === 'source' ? 0 : 1]! };
    const tokenizer = { encode: (text: string) => Int32Array.from(text.split(' ').filter(Boolean), (word) => word.charCodeAt(0)) };
    const { pairs: found, cut } = tokenizePairs(records as never, tokenizer, tokenizer, { source: 3, target: 3 });
    expect(cut).toBe(2);
    expect(found.map(({ source, target }) => [[...source], [...target]])).toEqual([[[97, 98, 99], [120, 121, 2]], [[97], [120, 121, 122]]]);
  });
});
