import { tf, type Tensor } from '../../engine';
import { FLOAT, INT32, rawOp } from '../../ops/raw';
import type { Cell } from './cell';
import { add, biasGradient, multiply, subtract } from './kernels';

const EPSILON = 1e-5;

/**
 * A cell whose hidden state is normalized over its units at each step (Ba et al., 2016, applied to what the cell hands on):
 * h' = gamma (h - mean) / sqrt(variance + epsilon) + beta. However small or large the recurrent kernel makes h, the next step sees it at one
 * size, and the gradient is scaled by as much on its way back. Weights: the cell's own, then gamma and beta [units].
 */
export const normalizedCell = (cell: Cell): Cell => ({
  states: cell.states,

  forward(weights, blocks) {
    const inner = cell.forward(weights.slice(0, -2), blocks);
    const [gamma, beta] = weights.slice(-2) as [Tensor, Tensor];
    const mean = meanOf();
    const epsilon = tf().scalar(EPSILON);
    return {
      ...(inner.project && { project: (x: Tensor, steps: number) => inner.project!(x, steps) }),
      step(x, states, projected) {
        const { states: [h, ...rest], saved } = inner.step(x, states, projected);
        const centred = subtract(h as Tensor, mean(h as Tensor));
        const scale = rawOp('Rsqrt', [add(mean(rawOp('Square', [centred])), epsilon)]);
        const normalized = multiply(centred, scale);
        return { states: [add(multiply(normalized, gamma), beta), ...rest], saved: [...saved, normalized, scale] };
      },
    };
  },

  backward(weights, blocks) {
    const inner = cell.backward(weights.slice(0, -2), blocks);
    const gamma = weights.at(-2) as Tensor;
    const mean = meanOf();
    return {
      step(saved, [dh, ...rest]) {
        const [normalized, scale] = saved.slice(-2) as [Tensor, Tensor];
        const slope = multiply(dh as Tensor, gamma);
        const along = multiply(normalized, mean(multiply(slope, normalized)));
        const before = multiply(subtract(subtract(slope, mean(slope)), along), scale);
        const { previous, gates } = inner.step(saved.slice(0, -2), [before, ...rest]);
        return { previous, gates: [...gates, multiply(dh as Tensor, normalized), dh as Tensor] };
      },
      block(trace, x) {
        const { weights: shares, input } = inner.block(trace, x);
        const sumOf = (which: number): Tensor => biasGradient(blocks.rows(trace.map(({ gates }) => gates.at(which) as Tensor)));
        return { weights: [...shares, sumOf(-2), sumOf(-1)], input };
      },
      finish: (sums) => [...inner.finish(sums.slice(0, -2)), ...sums.slice(-2)],
    };
  },
});

/** Mean over the units, [batch, 1]. One serves a whole pass, so that a graph doesn't get a constant for each call. */
function meanOf(): (x: Tensor) => Tensor {
  const axis = tf().scalar(1, 'int32');
  return (x) => rawOp('Mean', [x, axis], { T: FLOAT, Tidx: INT32, keep_dims: { bool: true } });
}
