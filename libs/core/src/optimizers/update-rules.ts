import type { Scalar, Tensor } from '../engine';

/** Hyperparameters besides learning rate and weight decay. Unset: Keras' defaults. */
export type OptimizerSpec =
  | { kind: 'sgd' }
  | { kind: 'momentum'; momentum?: number; nesterov?: boolean }
  | { kind: 'rmsprop'; rho?: number; epsilon?: number }
  | { kind: 'adam'; beta1?: number; beta2?: number; epsilon?: number };

export interface Update {
  /** To subtract from the weight. */
  delta: Tensor;
  /** New values of the slots. */
  slots: Tensor[];
}

/** How one optimizer changes one weight. Pure: tensors in, tensors out. */
export interface UpdateRule {
  slots: readonly string[];
  /** Factor on the learning rate at a step, from 1. */
  correction(spec: OptimizerSpec, step: number): number;
  update(spec: OptimizerSpec, gradient: Tensor, slots: readonly Tensor[], rate: Scalar): Update;
}

const MOMENTUM = 0.9;
const RMSPROP = { rho: 0.9, epsilon: 1e-7 };
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

const none = (): number => 1;

/** w -= rate * g. */
const sgd: UpdateRule = {
  slots: [],
  correction: none,
  update: (_spec, gradient, _slots, rate) => ({ delta: gradient.mul(rate), slots: [] }),
};

/**
 * a = momentum * a + g; w -= rate * a, or with Nesterov's look-ahead w -= rate * (g + momentum * a) (Sutskever et al.,
 * 2013). As in PyTorch and TensorFlow, the rate isn't part of what is accumulated.
 */
const momentum: UpdateRule = {
  slots: ['momentum'],
  correction: none,
  update: (spec, gradient, [accumulated], rate) => {
    const options = spec as Extract<OptimizerSpec, { kind: 'momentum' }>;
    const factor = options.momentum ?? MOMENTUM;
    const next = (accumulated as Tensor).mul(factor).add(gradient);
    return { delta: (options.nesterov ? gradient.add(next.mul(factor)) : next).mul(rate), slots: [next] };
  },
};

/** v += (g^2 - v) * (1 - rho); w -= rate * g / sqrt(v + epsilon) (Tieleman and Hinton, 2012). */
const rmsprop: UpdateRule = {
  slots: ['velocity'],
  correction: none,
  update: (spec, gradient, [velocity], rate) => {
    const { rho, epsilon } = { ...RMSPROP, ...(spec as Extract<OptimizerSpec, { kind: 'rmsprop' }>) };
    const next = towards(velocity as Tensor, gradient.square(), 1 - rho);
    return { delta: gradient.mul(rate).div(next.add(epsilon).sqrt()), slots: [next] };
  },
};

/**
 * Adam (Kingma and Ba, 2015), bias correction folded into the rate as in section 2 of the paper:
 * m += (g - m) * (1 - beta1); v += (g^2 - v) * (1 - beta2); w -= rate * m / (sqrt(v) + epsilon).
 */
const adam: UpdateRule = {
  slots: ['m', 'v'],
  correction: (spec, step) => {
    const { beta1, beta2 } = { ...ADAM, ...(spec as Extract<OptimizerSpec, { kind: 'adam' }>) };
    return Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step);
  },
  update: (spec, gradient, [m, v], rate) => {
    const { beta1, beta2, epsilon } = { ...ADAM, ...(spec as Extract<OptimizerSpec, { kind: 'adam' }>) };
    const first = towards(m as Tensor, gradient, 1 - beta1);
    const second = towards(v as Tensor, gradient.square(), 1 - beta2);
    return { delta: first.mul(rate).div(second.sqrt().add(epsilon)), slots: [first, second] };
  },
};

export const UPDATE_RULES: Readonly<Record<OptimizerSpec['kind'], UpdateRule>> = { sgd, momentum, rmsprop, adam };

function towards(value: Tensor, target: Tensor, share: number): Tensor {
  return value.add(target.sub(value).mul(share));
}
