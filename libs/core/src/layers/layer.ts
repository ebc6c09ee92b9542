import type { Scalar, Tensor, Variable } from '../engine';
import type { Seed } from '../random';

/** A weight by its name in checkpoints and artefacts: `layers.0.kernel`, `logits.bias`. */
export interface NamedVariable {
  name: string;
  variable: Variable;
  /** False for what isn't learnt by gradient: batch normalization's running statistics. */
  trainable: boolean;
}

export interface ForwardContext {
  training: boolean;
  /** In training, keys dropout and noise: seed of the training, and its step as an int32 scalar. */
  random?: { seed: Seed; step: Scalar };
  /** Told of layers' outputs in their order, by those layers that have a name: for diagnostics. */
  observe?: (layer: LayerOutput) => void;
  /** Told of |dL/dh_t| by recurrent layers that have a name: see RecurrentCall.onTimeGradients, and `watching`. */
  onTimeGradients?: (norms: Tensor, path: string) => void;
}

export interface LayerOutput {
  /** As in the names of its weights: `layers.0`. */
  name: string;
  /** [batch, ..., units]. */
  output: Tensor;
  /** Of a ReLU: a unit whose output is 0 for a whole batch learns nothing from it. */
  rectified: boolean;
}

/**
 * A layer: a function of its input, its weights held in the closure. Layers are made by functions that take a `Parameters`
 * first, which makes and names their weights:
 *
 *     const hidden = dense(parameters.scope('hidden'), 784, 128, { activation: 'relu' });
 *     const y = hidden(x, context);
 */
export type Layer = (x: Tensor, context: ForwardContext) => Tensor;
