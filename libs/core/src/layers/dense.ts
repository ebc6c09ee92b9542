import type { Tensor } from '../engine';
import { matMul } from '../ops/mat-mul';
import { affine, type AffineOptions } from './affine';
import type { Layer } from './layer';
import type { Parameters } from './parameters';

/**
 * [..., inputs] -> [..., units]. Weights: `kernel` [inputs, units], `bias` [units].
 *
 * @example
 * const hidden = dense(parameters.scope('hidden'), 784, 128, { activation: 'relu' });
 */
export function dense(parameters: Parameters, inputs: number, units: number, options: AffineOptions = {}): Layer {
  return affine(parameters, [inputs, units], units, options, (x: Tensor, kernel: Tensor) => {
    if (x.rank === 2) return matMul(x, kernel);
    const rows = x.size / inputs;
    return matMul(x.reshape([rows, inputs]), kernel).reshape([...x.shape.slice(0, -1), units]);
  });
}
