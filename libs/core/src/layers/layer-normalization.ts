import { layerNormalize } from '../ops/layer-normalization';
import { ones, zeros } from './initializers';
import type { Layer } from './layer';
import type { Parameters } from './parameters';

/** Normalizes each example over its last axis (Ba et al., 2016): [batch, ..., features]. Weights: `gamma`, `beta` [features]. */
export function layerNormalization(parameters: Parameters, features: number, epsilon = 0.001): Layer {
  const gamma = parameters.weight('gamma', [features], ones);
  const beta = parameters.weight('beta', [features], zeros);
  return (x) => layerNormalize(x, gamma, beta, epsilon);
}
