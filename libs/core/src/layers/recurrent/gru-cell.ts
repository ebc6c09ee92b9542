import { tf, type Tensor } from '../../engine';
import type { Cell } from './cell';
import { activate, activationGradient, add, affine, biasGradient, matMul, multiply, negate, subtract, type Blocks } from './kernels';

/**
 * Gated recurrent unit (Cho et al., 2014) in the variant of Keras' `reset_after`, of cuDNN and PyTorch:
 *
 *     z, r = sigmoid(x W + a + h U + b);  q = h U + b;  g = tanh(x W + a + r q);  h' = z h + (1 - z) g
 *
 * Weights: kernel [features, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units] (a above b), their gates in the order z, r, g.
 * State: h. The update gate is computed as u = 1 - z, by the negated weights, so that h' = h - u (h - g): fewer operations, and the
 * gradient of z's argument is sigmoid'(u) dL/dh' (h - g). Forward: a product of [x, h] for
 * each of u and r, bias and sigmoid in the same kernel; x's share in g for a block of steps at once. The products of a step are apart, so
 * that a graph has them run on several cores, and nothing has to be split.
 */
export const GRU_CELL: Cell = {
  states: 1,

  forward(weights, blocks) {
    const { kernel, recurrent, inputBias, recurrentBias } = parts(weights, blocks);
    const [wu, wr] = [blocks.rows([negate(kernel.z), negate(recurrent.z)]), blocks.rows([kernel.r, recurrent.r])];
    const [bu, br] = [negate(add(inputBias.z, recurrentBias.z)), add(inputBias.r, recurrentBias.r)];
    return {
      project: (x, steps) => blocks.splitRows(affine(x, kernel.g, inputBias.g), steps),
      step(x, states, projected) {
        const h = states[0] as Tensor;
        const xh = blocks.columns([x, h]);
        const u = affine(xh, wu, bu, 'sigmoid');
        const r = affine(xh, wr, br, 'sigmoid');
        const q = affine(h, recurrent.g, recurrentBias.g);
        const g = activate(add(projected as Tensor, multiply(r, q)), 'tanh');
        const change = subtract(h, g);
        return { states: [subtract(h, multiply(u, change))], saved: [xh, h, u, r, q, g, change] };
      },
    };
  },

  backward([kernel, recurrent], blocks) {
    return {
      step([, , u, r, q, g, change], [given]) {
        const dh = given as Tensor;
        const dg = multiply(dh, u as Tensor);
        const intoG = activationGradient(g as Tensor, dg, 'tanh');
        const intoZ = activationGradient(u as Tensor, multiply(dh, change as Tensor), 'sigmoid');
        const intoR = activationGradient(r as Tensor, multiply(intoG, q as Tensor), 'sigmoid');
        const inner = blocks.columns([intoZ, intoR, multiply(intoG, r as Tensor)]);
        const previous = add(matMul(inner, recurrent as Tensor, 'b'), subtract(dh, dg));
        return { previous: [previous], gates: [inner, blocks.columns([intoZ, intoR, intoG])] };
      },
      block(trace, x) {
        const [inner, outer] = [0, 1].map((which) => blocks.rows(trace.map((step) => step.gates[which] as Tensor))) as [Tensor, Tensor];
        const h = blocks.rows(trace.map((step) => step.saved[1] as Tensor));
        return {
          weights: [matMul(x as Tensor, outer, 'a'), matMul(h, inner, 'a'), biasGradient(outer), biasGradient(inner)],
          input: () => matMul(outer, kernel as Tensor, 'b'),
        };
      },
      finish: ([input, inner, inputBias, recurrentBias]) => [input, inner, tf().stack([inputBias, recurrentBias] as Tensor[])] as Tensor[],
    };
  },
};

interface Gates {
  z: Tensor;
  r: Tensor;
  g: Tensor;
}

function parts([kernel, recurrent, bias]: readonly Tensor[], blocks: Blocks): Record<'kernel' | 'recurrent' | 'inputBias' | 'recurrentBias', Gates> {
  const named = ([z, r, g]: Tensor[]): Gates => ({ z, r, g }) as Gates;
  const [input, inner] = tf().unstack(bias as Tensor) as [Tensor, Tensor];
  return {
    kernel: named(blocks.splitColumns(kernel as Tensor, 3)),
    recurrent: named(blocks.splitColumns(recurrent as Tensor, 3)),
    inputBias: named(blocks.splitRows(input, 3)),
    recurrentBias: named(blocks.splitRows(inner, 3)),
  };
}
