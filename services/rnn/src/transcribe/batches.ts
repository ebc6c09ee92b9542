import { augmentAudio, deriveSeed, type AudioAugmentation, type BatchSource, type ExampleBatch } from '@quartet/core';
import { BucketedOrder } from '../audio/bucketed-order';
import { FrontEnd } from '../audio/front-end';
import { loadRecordings, type PartFiles, type Recordings } from '../audio/recordings';
import { fits, spokenBatch, type Spoken } from './examples';
import type { TranscriberPlan } from './plan';
import { Units } from './units';

/** What the worker that makes the training's batches needs; plain data. */
export interface SpokenBatchesData {
  files: PartFiles;
  plan: TranscriberPlan;
  /** Rows of the part that are learned from, and the steps that each may have when it is said at its slowest. */
  rows: Uint32Array;
  steps: Uint32Array;
  /** Labels that batches are padded to. */
  longest: number;
  augmentation: AudioAugmentation;
  batchSize: number;
  seed: bigint;
}

/** Batches of recordings, each augmented anew in each epoch: by (seed, epoch, row), whatever batch it is in. */
class SpokenBatches implements BatchSource {
  readonly stepsPerEpoch: number;
  private readonly frontEnd: FrontEnd;
  private readonly units: Units;
  private readonly order: BucketedOrder;
  private readonly size: number;

  constructor(
    private readonly recordings: Recordings,
    private readonly given: SpokenBatchesData,
  ) {
    const { plan, rows, steps, batchSize, seed } = given;
    this.frontEnd = new FrontEnd(plan.frontEnd);
    this.units = new Units(plan);
    this.size = Math.min(batchSize, rows.length);
    this.order = new BucketedOrder(steps, plan.buckets, this.size, seed);
    this.stepsPerEpoch = this.order.batches;
  }

  batch(epoch: number, step: number): ExampleBatch {
    const { bucket, rows } = this.order.epoch(epoch)[step]!;
    const some = Array.from(rows, (index) => this.example(this.given.rows[index]!, epoch));
    return spokenBatch(some, { bucket, longest: this.given.longest, size: this.size, width: this.frontEnd.features });
  }

  private example(row: number, epoch: number): Spoken {
    const { augmentation, seed } = this.given;
    const samples = this.recordings.samples(row);
    const labels = this.units.labels(this.recordings.text(row));
    const drawn = augmentAudio(samples, augmentation, deriveSeed(seed, 'speech', epoch, row));
    // Said so fast that its labels don't fit any more, it is heard as it is.
    return { features: this.frontEnd.of(fits(labels, this.frontEnd.steps(drawn.length)) ? drawn : samples), labels };
  }
}

/** Called in a batch worker: see core's PrefetchedBatches. */
export const createBatches = async (data: SpokenBatchesData): Promise<BatchSource> => new SpokenBatches(await loadRecordings(data.files), data);
