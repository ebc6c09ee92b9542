import type { Tensor } from '../../engine';
import { FLOAT, rawOps } from '../../ops/raw';
import type { Cell } from './cell';
import { activate, add, affine, biasGradient, matMul, multiply, type Blocks } from './kernels';

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997; with a forget gate: Gers et al., 2000):
 *
 *     i, f, o = sigmoid(x W + h U + b), g = tanh(x W + h U + b);  c' = f c + i g;  h' = o tanh(c')
 *
 * Weights: kernel [features, 4 units], recurrent_kernel [units, 4 units], bias [4 units], their gates in the order i, f, g, o. States:
 * h and c. Forward: a product for each gate, its bias and activation in the same kernel; they are apart, so that a graph has them run on
 * several cores, and nothing has to be split. Backward: all that is element-wise in TensorFlow's LSTMBlockCellGrad, whose order is i, g, f, o.
 */
export const LSTM_CELL: Cell = {
  states: 2,

  forward(weights, blocks) {
    const [kernel, bias] = join(weights, blocks);
    const [wi, wf, wg, wo] = blocks.splitColumns(kernel, 4) as Four;
    const [bi, bf, bg, bo] = blocks.splitRows(bias, 4) as Four;
    return {
      step(x, [h, c]) {
        const xh = blocks.columns([x, h as Tensor]);
        const i = affine(xh, wi, bi, 'sigmoid');
        const f = affine(xh, wf, bf, 'sigmoid');
        const g = affine(xh, wg, bg, 'tanh');
        const o = affine(xh, wo, bo, 'sigmoid');
        const next = add(multiply(f, c as Tensor), multiply(i, g));
        const squashed = activate(next, 'tanh');
        return { states: [multiply(o, squashed), next], saved: [x, xh, i, f, o, g, c as Tensor, next, squashed] };
      },
    };
  },

  backward(weights, blocks) {
    const [kernel, bias] = join(weights, blocks);
    const units = (weights[1] as Tensor).shape[0];
    const features = (weights[0] as Tensor).shape[0];
    const swap = (matrix: Tensor): Tensor => {
      const [first, second, third, fourth] = blocks.splitColumns(matrix, 4) as Four;
      return blocks.columns([first, third, second, fourth]);
    };
    const [input, recurrent] = [swap(weights[0] as Tensor), swap(weights[1] as Tensor)];
    // No peepholes; the kernel still wants their weights.
    const peephole = blocks.splitRows(bias, 4)[0] as Tensor;
    const attributes = { T: FLOAT, use_peephole: { bool: false } };
    return {
      step([x, , i, f, o, g, c, next, squashed], [dh, dc]) {
        const inputs = [x, c, c, kernel, peephole, peephole, peephole, bias, i, next, f, o, g, squashed, dc, dh] as Tensor[];
        const [previous, gates] = rawOps('LSTMBlockCellGrad', inputs, attributes, 5) as [Tensor, Tensor];
        return { previous: [matMul(gates, recurrent, 'b'), previous], gates: [gates] };
      },
      block(trace) {
        const gates = blocks.rows(trace.map((step) => step.gates[0] as Tensor));
        const xh = blocks.rows(trace.map((step) => step.saved[1] as Tensor));
        return { weights: [matMul(xh, gates, 'a'), biasGradient(gates)], input: () => matMul(gates, input, 'b') };
      },
      finish([joined, biases]) {
        const [first, second, third, fourth] = blocks.splitRows(biases as Tensor, 4) as Four;
        const swapped = swap(joined as Tensor);
        return [swapped.slice([0, 0], [features, -1]), swapped.slice([features, 0], [units, -1]), blocks.rows([first, third, second, fourth])];
      },
    };
  },
};

type Four = [Tensor, Tensor, Tensor, Tensor];

/** [features + units, 4 units] and the bias. */
function join([kernel, recurrent, bias]: readonly Tensor[], blocks: Blocks): [Tensor, Tensor] {
  return [blocks.rows([kernel, recurrent] as Tensor[]), bias as Tensor];
}
