import type { BatchSource, ExampleBatch } from '@quartet/core';
import { QuartetError } from '@quartet/contracts';
import { shapeText } from '../arrays/raw-array';
import { Philox, Purpose, shuffle } from '../random/philox';
import type { LoadedPart } from '../types';
import { Augmenter, isAugmenting } from './augment';
import { copyExample } from './copy-example';
import { labelled } from './labelled';
import type { ImageBatchesOptions } from './options';

/**
 * Training batches of images or videos: `x` float32 in 0..1, [batch, height, width, channels] or [batch, frames, height, width, channels],
 * and their classes `y`.
 *
 * Each epoch visits every example once, in an order drawn from (seed, epoch). An example's augmentation is drawn from
 * (seed, epoch, its index), whatever batch it falls in. So `batch` is a pure function of its arguments. The last batch
 * is padded with zeros, so that all have one shape.
 */
export class ImageBatches implements BatchSource {
  readonly stepsPerEpoch: number;
  private readonly batchSize: number;
  private readonly augmenter: Augmenter | undefined;
  private order: { epoch: number; rows: Uint32Array } | undefined;

  /** @throws QuartetError UNUSABLE_DATASET for a table, an empty part or videos to be augmented; INVALID_FIELD. */
  constructor(
    private readonly part: LoadedPart,
    private readonly options: ImageBatchesOptions,
  ) {
    const { augmentation = {} } = options;
    checkImages(part, isAugmenting(augmentation));
    this.batchSize = checkBatchSize(options.batchSize, part.count);
    this.stepsPerEpoch = Math.ceil(part.count / this.batchSize);
    if (isAugmenting(augmentation)) this.augmenter = new Augmenter(part.exampleShape, augmentation, options.seed);
  }

  batch(epoch: number, step: number): ExampleBatch {
    const rows = this.rowsOf(epoch).subarray(step * this.batchSize, (step + 1) * this.batchSize);
    const size = this.part.exampleShape.reduce((product, side) => product * side, 1);
    const x = new Float32Array(this.batchSize * size);
    const y = new Int32Array(this.batchSize);
    const { targets: many } = this.part;
    const targets = many && new Float32Array(this.batchSize * many.width);
    rows.forEach((row, at) => {
      targets?.set(many!.data.subarray(row * many!.width, (row + 1) * many!.width), at * many!.width);
      y[at] = this.part.labels[row]!;
      if (this.augmenter) this.augmenter.apply(this.part.examples, row, epoch, x, at * size);
      else copyExample(this.part.examples, row, size, x, at * size);
    });
    return labelled(x, [this.batchSize, ...this.part.exampleShape], y, rows.length, targets);
  }

  private rowsOf(epoch: number): Uint32Array {
    if (this.order?.epoch !== epoch) {
      const rows = Uint32Array.from({ length: this.part.count }, (_, row) => row);
      if (this.options.shuffle !== false) shuffle(rows, new Philox(this.options.seed, Purpose.shuffle).seek(epoch, 0));
      this.order = { epoch, rows };
    }
    return this.order.rows;
  }
}

function checkImages({ exampleShape, count }: LoadedPart, augmenting: boolean): void {
  const isVideo = exampleShape.length === 4;
  if (count > 0 && (exampleShape.length === 3 || (isVideo && !augmenting))) return;
  const received = count === 0 ? 'no example' : isVideo ? `augmentation of videos ${shapeText(exampleShape)}` : `a table with examples of shape ${shapeText(exampleShape)}`;
  throw new QuartetError('UNUSABLE_DATASET', `Received ${received}; expected images [height, width, channels]. ${isVideo ? 'Leave the augmentation out.' : 'Use an image data set.'}`);
}

/** @returns The batch size, cut to the number of examples. */
export function checkBatchSize(batchSize: number, count: number): number {
  if (Number.isInteger(batchSize) && batchSize >= 1) return Math.min(batchSize, count);
  throw QuartetError.invalid('batch_size', `is ${batchSize}; expected a whole number of at least 1. Set one such as 128.`);
}
