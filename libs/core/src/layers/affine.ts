import type { Tensor } from '../engine';
import { biasAdd } from '../ops/bias-add';
import { ACTIVATIONS, type Activation } from './activation';
import { initializerFor, zeros } from './initializers';
import type { ForwardContext, Layer } from './layer';
import type { Initializer, Parameters } from './parameters';
import { spectralNormalization } from './spectral-normalization';

/** What dense and convolutional layers have in common. */
export interface AffineOptions {
  /** Default linear. */
  activation?: Activation;
  /** Default true; without one before a batch normalization. */
  bias?: boolean;
  /** Of the kernel. Default: He's normal before ReLU and its kin, Glorot's uniform elsewhere. */
  initializer?: Initializer;
  /** Divides the kernel by its largest singular value. Default false. */
  spectralNormalization?: boolean;
}

/** activation(product(x, kernel) + bias). Weights: `kernel`, `bias`. */
export function affine(
  parameters: Parameters,
  kernelShape: number[],
  outputs: number,
  options: AffineOptions,
  product: (x: Tensor, kernel: Tensor) => Tensor,
): Layer {
  const { activation = 'linear', bias: hasBias = true } = options;
  const kernel = parameters.weight('kernel', kernelShape, options.initializer ?? initializerFor(activation));
  const bias = hasBias ? parameters.weight('bias', [outputs], zeros) : undefined;
  const normalize = options.spectralNormalization ? spectralNormalization(parameters, kernelShape) : undefined;
  const activate = ACTIVATIONS[activation];
  return (x: Tensor, context: ForwardContext) => {
    const y = product(x, normalize ? normalize(kernel, context) : kernel);
    return activate(bias ? biasAdd(y, bias) : y);
  };
}
