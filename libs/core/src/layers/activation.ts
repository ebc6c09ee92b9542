import type { Tensor } from '../engine';
import { elu, gelu, leakyRelu, relu, sigmoid, softplus, tanh } from '../ops/activations';

/** Non-linearity after a layer. `leakyRelu` has slope 0.2 below 0, `elu` alpha 1, `gelu` is the exact one. */
export type Activation = 'linear' | 'relu' | 'leakyRelu' | 'elu' | 'tanh' | 'sigmoid' | 'gelu' | 'softplus';

/** Each activation as a function; those of ops/activations.ts. */
export const ACTIVATIONS: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  linear: (x) => x,
  relu,
  leakyRelu: (x) => leakyRelu(x),
  elu,
  tanh,
  sigmoid,
  gelu,
  softplus,
};
