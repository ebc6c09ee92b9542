import { epochOrder } from '@quartet/data';
import { bucketOf } from './buckets';

/** Rows of one batch, and the steps that its sequences are padded to. */
export interface BucketBatch {
  bucket: number;
  rows: Uint32Array;
}

/**
 * An epoch's batches: each of sequences of one bucket, in an order drawn from (seed, epoch). What doesn't fill a batch goes into the next
 * larger bucket, so that only the last batch of all may be smaller.
 */
export class BucketedOrder {
  readonly batches: number;
  private readonly byBucket: Uint32Array[];
  private latest: { epoch: number; batches: BucketBatch[] } | undefined;

  /** @param lengths Steps of each row, at most the largest bucket's. */
  constructor(
    lengths: ArrayLike<number>,
    private readonly buckets: readonly number[],
    private readonly batchSize: number,
    private readonly seed: bigint | number,
  ) {
    const rows = Array.from(lengths, (_, row) => row);
    this.byBucket = buckets.map((bucket) => Uint32Array.from(rows.filter((row) => bucketOf(lengths[row]!, buckets) === bucket)));
    this.batches = this.epoch(0).length;
  }

  epoch(epoch: number): BucketBatch[] {
    if (this.latest?.epoch !== epoch) this.latest = { epoch, batches: this.draw(epoch) };
    return this.latest.batches;
  }

  private draw(epoch: number): BucketBatch[] {
    const batches: BucketBatch[] = [];
    let carried: Uint32Array<ArrayBufferLike> = new Uint32Array(0);
    this.byBucket.forEach((own, index) => {
      const rows = Uint32Array.from([...carried, ...epochOrder(own, this.seed, epoch)]);
      const last = index === this.byBucket.length - 1;
      const end = last ? rows.length : rows.length - (rows.length % this.batchSize);
      for (let at = 0; at < end; at += this.batchSize) batches.push({ bucket: this.buckets[index]!, rows: rows.subarray(at, Math.min(at + this.batchSize, end)) });
      carried = rows.subarray(end);
    });
    return Array.from(epochOrder(Uint32Array.from(batches.keys()), this.seed, epoch), (index) => batches[index]!);
  }
}
