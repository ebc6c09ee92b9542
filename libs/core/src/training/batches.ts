/** Examples of one step, in host memory. The arrays must not change after they are handed over. */
export interface Batch {
  /** Inputs, float32, row-major; images are in 0..1. */
  x: Float32Array;
  /** Class of each example, int32 in 0..classes-1. */
  y: Int32Array;
  /** Examples that count; those after them are padding, and weigh nothing in loss and metrics. */
  count: number;
  /** Shape of x: [batch, height, width, channels], with batch >= count. */
  shape: number[];
}

/**
 * Training data. `batch` is a pure function of its arguments (and of the seed that the source was made with): order,
 * augmentation and all. That is what makes a resumed training equal, bit for bit, to one never interrupted.
 */
export interface BatchSource {
  /** At least 1. */
  readonly stepsPerEpoch: number;
  /** @param epoch From 0. @param step Within the epoch, 0 to stepsPerEpoch - 1. */
  batch(epoch: number, step: number): Batch | Promise<Batch>;
}

/** Data to measure a network on: each call starts over, always in the same order. */
export interface EvaluationSource {
  batches(): Iterable<Batch> | AsyncIterable<Batch>;
}
