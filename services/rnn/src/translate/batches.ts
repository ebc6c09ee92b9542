import { deriveSeed, type BatchSource, type EvaluationSource, type ExampleBatch } from '@quartet/core';
import { epochOrder } from '@quartet/data';
import { lengthsOf, padded } from '../decoding/padded';
import { byBucket, type Pair } from './pairs';
import type { Bucket } from './plan';

/** Batches of one size in each bucket. */
export class PairBatches implements BatchSource {
  readonly stepsPerEpoch: number;
  private readonly rows: Uint32Array[];
  private readonly sizes: number[];
  private plan: { epoch: number; batches: { bucket: number; rows: Uint32Array }[] } | undefined;

  constructor(
    private readonly pairs: readonly Pair[],
    private readonly buckets: readonly Bucket[],
    batchSize: number,
    private readonly seed: bigint,
  ) {
    this.rows = byBucket(pairs, buckets);
    this.sizes = this.rows.map(({ length }) => Math.min(batchSize, length));
    this.stepsPerEpoch = this.rows.reduce((sum, { length }, bucket) => sum + (length > 0 ? Math.ceil(length / this.sizes[bucket]!) : 0), 0);
  }

  batch(epoch: number, step: number): ExampleBatch {
    if (this.plan?.epoch !== epoch) this.plan = { epoch, batches: this.shuffled(epoch) };
    const { bucket, rows } = this.plan.batches[step]!;
    return batchOf(this.pairs, rows, this.sizes[bucket]!, this.buckets[bucket]!);
  }

  /** One batch of each bucket first: a graph that is new later on has all others built anew. */
  private shuffled(epoch: number): { bucket: number; rows: Uint32Array }[] {
    const [first, rest]: { bucket: number; rows: Uint32Array }[][] = [[], []];
    this.rows.forEach((rows, bucket) => {
      const order = epochOrder(rows, deriveSeed(this.seed, 'bucket', bucket), epoch);
      const size = this.sizes[bucket]!;
      for (let at = 0; at < order.length; at += size) (at === 0 ? first : rest)!.push({ bucket, rows: order.subarray(at, at + size) });
    });
    const order = epochOrder(Uint32Array.from(rest!.keys()), deriveSeed(this.seed, 'batches'), epoch);
    return [...first!, ...Array.from(order, (at) => rest![at]!)];
  }
}

/** All pairs once, in order. */
export function evaluationPairs(pairs: readonly Pair[], buckets: readonly Bucket[], batchSize: number): EvaluationSource {
  const groups = byBucket(pairs, buckets);
  return {
    *batches() {
      for (const [bucket, rows] of groups.entries()) {
        for (let at = 0; at < rows.length; at += batchSize) yield batchOf(pairs, rows.subarray(at, at + batchSize), batchSize, buckets[bucket]!);
      }
    },
  };
}

function batchOf(pairs: readonly Pair[], rows: Uint32Array, size: number, bucket: Bucket): ExampleBatch {
  // Padding repeats the first pair; it counts for nothing.
  const some = Array.from({ length: size }, (_, index) => pairs[rows[index] ?? rows[0]!]!);
  const [sources, targets] = [some.map(({ source }) => source), some.map(({ target }) => target)];
  return {
    inputs: { source: padded(sources, bucket.source), sourceLengths: lengthsOf(sources), target: padded(targets, bucket.target), targetLengths: lengthsOf(targets) },
    count: rows.length,
  };
}
