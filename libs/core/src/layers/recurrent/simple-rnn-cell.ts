import type { Tensor } from '../../engine';
import type { Cell } from './cell';
import { activationGradient, affine, biasGradient, matMul, type Activation } from './kernels';

/**
 * The simple recurrent net (Elman, 1990): h' = activation(x W + h U + b). Weights: kernel [features, units], recurrent_kernel
 * [units, units], bias [units]. State: h.
 */
export const simpleRnnCell = (activation: Activation): Cell => ({
  states: 1,

  forward([kernel, recurrent, bias], blocks) {
    const joined = blocks.rows([kernel, recurrent] as Tensor[]);
    return {
      step(x, [h]) {
        const xh = blocks.columns([x, h as Tensor]);
        const next = affine(xh, joined, bias as Tensor, activation);
        return { states: [next], saved: [xh, next] };
      },
    };
  },

  backward([kernel, recurrent], blocks) {
    const [features] = (kernel as Tensor).shape as [number];
    const [units] = (recurrent as Tensor).shape as [number];
    return {
      step([, next], [dh]) {
        const into = activationGradient(next as Tensor, dh as Tensor, activation);
        return { previous: [matMul(into, recurrent as Tensor, 'b')], gates: [into] };
      },
      block(trace) {
        const gates = blocks.rows(trace.map((step) => step.gates[0] as Tensor));
        const xh = blocks.rows(trace.map((step) => step.saved[0] as Tensor));
        return { weights: [matMul(xh, gates, 'a'), biasGradient(gates)], input: () => matMul(gates, kernel as Tensor, 'b') };
      },
      finish([joined, bias]) {
        const both = joined as Tensor;
        return [both.slice([0, 0], [features, -1]), both.slice([features, 0], [units, -1]), bias as Tensor];
      },
    };
  },
});
