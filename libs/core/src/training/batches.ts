import type { ExampleBatch } from './objective';

/**
 * Training data. `batch` is a pure function of its arguments (and of the seed that the source was made with): order,
 * augmentation and all. That is what makes a resumed training equal, bit for bit, to one never interrupted.
 */
export interface BatchSource {
  /** At least 1. */
  readonly stepsPerEpoch: number;
  /** @param epoch From 0. @param step Within the epoch, 0 to stepsPerEpoch - 1. */
  batch(epoch: number, step: number): ExampleBatch | Promise<ExampleBatch>;
}

/** Data to measure a model on: each call starts over, always in the same order. */
export interface EvaluationSource {
  batches(): Iterable<ExampleBatch> | AsyncIterable<ExampleBatch>;
}

/**
 * Examples with one class each: what a classifier learns from.
 *
 * @param x [batch, ...], row-major; images are in 0..1. @param y [batch], in 0..classes-1.
 */
export function labelledBatch(x: Float32Array, shape: number[], y: Int32Array, count = y.length): ExampleBatch {
  return { inputs: { x: { dtype: 'float32', shape, data: x }, y: { dtype: 'int32', shape: [y.length], data: y } }, count };
}
