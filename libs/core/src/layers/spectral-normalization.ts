import { tf, type Tensor } from '../engine';
import { differentiable } from '../ops/gradient';
import { matMul } from '../ops/mat-mul';
import type { ForwardContext } from './layer';
import { normal } from './initializers';
import type { Parameters } from './parameters';

const EPSILON = 1e-12;

/**
 * Divides a kernel by an estimate of its largest singular value, all axes but the last taken as one (Miyato et al., 2018). In
 * training each use makes one step of power iteration, whose vector is the statistic `u` [1, outputs].
 */
export function spectralNormalization(parameters: Parameters, kernelShape: readonly number[]): (kernel: Tensor, context: ForwardContext) => Tensor {
  const outputs = kernelShape.at(-1) as number;
  const u = parameters.statistic('u', [1, outputs], normal(1));
  return (kernel, { training }) => {
    const matrix = kernel.reshape([-1, outputs]);
    const [left, right] = singularVectors(matrix, u);
    if (training) u.assign(right);
    const largest = matMul(matMul(left, matrix), right, false, true);
    return kernel.div(largest.reshape([]));
  };
}

/** [1, inputs] and [1, outputs]. Constants to the gradient, as in the paper: the largest value's own gradient doesn't depend on theirs. */
function singularVectors(matrix: Tensor, u: Tensor): [Tensor, Tensor] {
  const unit = (vector: Tensor): Tensor => vector.mul(tf().rsqrt(vector.square().sum().add(EPSILON)));
  const left = constant(() => unit(matMul(u, matrix, false, true)));
  return [left, constant(() => unit(matMul(left, matrix)))];
}

/** What a function with a gradient of its own computes inside is hidden from the tape; this one has no inputs that could have a gradient. */
function constant(compute: () => Tensor): Tensor {
  return differentiable([], compute, () => []);
}
