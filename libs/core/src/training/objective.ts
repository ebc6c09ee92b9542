import type { Scalar, Tensor } from '../engine';
import type { ForwardContext, NamedVariable } from '../layers/layer';
import type { HostTensor } from '../tensor/host-tensor';

/** Examples of one step, in host memory, by input name. The arrays must not change after they are handed over. */
export interface ExampleBatch {
  inputs: Record<string, HostTensor>;
  /** Examples that count; those after them are padding, and weigh nothing in loss and metrics. */
  count: number;
}

/** What a step of training sees. */
export interface ObjectiveInputs {
  /** The batch's inputs, padding included. */
  inputs: Record<string, Tensor>;
  /** [batch]: 1 / count for the examples that count, 0 for padding. A mean over examples is a sum of products with these. */
  exampleWeights: Tensor;
  context: ForwardContext;
}

export interface ObjectiveResult {
  /** What is minimized: a mean over the examples that count. */
  loss: Scalar;
  /** More means over the examples that count, to be reported: `accuracy`, `reconstruction`, `kl`. */
  metrics?: Record<string, Scalar>;
  /** What an evaluation may ask for besides, with the batch first: `logits`. Costs nothing where it isn't asked for. */
  outputs?: Record<string, Tensor>;
}

/**
 * What a training minimizes: a model with its loss. `compute` is a pure function of its arguments and the weights, and what
 * depends on a tensor's values stays inside TensorFlow: it is recorded once for each batch size and runs as a graph.
 */
export interface Objective {
  /** All variables, those that aren't trained included. */
  readonly weights: readonly NamedVariable[];
  /** Names of the metrics that `compute` returns, in the order in which they are reported. */
  readonly metrics: readonly string[];
  /** Throws for a batch that doesn't fit: shapes, labels out of range. */
  check(batch: ExampleBatch): void;
  compute(given: ObjectiveInputs): ObjectiveResult;
  /** What identifies the model in a checkpoint, as plain JSON: a checkpoint resumes only the same. */
  readonly fingerprint: unknown;
}
