import { tf, type Scalar, type Tensor, type Variable } from '../engine';
import { updateInPlace } from '../graph/in-place';

/** Hyperparameters besides learning rate and weight decay. Unset: Keras' defaults. */
export type OptimizerSpec =
  | { kind: 'sgd' }
  | { kind: 'momentum'; momentum?: number; nesterov?: boolean }
  | { kind: 'rmsprop'; rho?: number; epsilon?: number }
  | { kind: 'adam'; beta1?: number; beta2?: number; epsilon?: number };

/**
 * How one optimizer changes one weight. In a captured step that is one of TensorFlow's Resource* kernels, which makes one
 * pass over memory; eagerly the same arithmetic in several ops.
 */
export interface UpdateRule {
  slots: readonly string[];
  /** Factor on the learning rate at a step, from 1. */
  correction(spec: OptimizerSpec, step: number): number;
  apply(spec: OptimizerSpec, weight: Variable, slots: readonly Variable[], gradient: Tensor, rate: Scalar): void;
}

const MOMENTUM = 0.9;
const RMSPROP = { rho: 0.9, epsilon: 1e-7 };
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

const none = (): number => 1;

/** w -= rate * g. */
const sgd: UpdateRule = {
  slots: [],
  correction: none,
  apply: (_spec, weight, _slots, gradient, rate) => {
    if (updateInPlace('ResourceApplyGradientDescent', [weight], [rate, gradient])) return;
    weight.assign(weight.sub(gradient.mul(rate)));
  },
};

/**
 * a = momentum * a + g; w -= rate * a, or with Nesterov's look-ahead w -= rate * (g + momentum * a) (Sutskever et al.,
 * 2013). As in PyTorch and TensorFlow, the rate isn't part of what is accumulated.
 */
const momentum: UpdateRule = {
  slots: ['momentum'],
  correction: none,
  apply: (spec, weight, slots, gradient, rate) => {
    const { momentum: factor = MOMENTUM, nesterov = false } = spec as Extract<OptimizerSpec, { kind: 'momentum' }>;
    const [accumulated] = slots as [Variable];
    const attributes = { use_nesterov: { value: { $case: 'b' as const, value: nesterov } } };
    // The kernel takes the gradient before the momentum; the gate of a step that isn't to count is on the last input.
    if (updateInPlace('ResourceApplyMomentum', [weight, accumulated], [rate, gradient, tf().scalar(factor)], attributes)) return;
    const next = accumulated.mul(factor).add(gradient);
    weight.assign(weight.sub((nesterov ? gradient.add(next.mul(factor)) : next).mul(rate)));
    accumulated.assign(next);
  },
};

/** v += (g^2 - v) * (1 - rho); w -= rate * g / sqrt(v + epsilon) (Tieleman and Hinton, 2012). */
const rmsprop: UpdateRule = {
  // The kernel's momentum, which stays unused at 0, wants a place; it holds the last update.
  slots: ['velocity', 'update'],
  correction: none,
  apply: (spec, weight, slots, gradient, rate) => {
    const { rho, epsilon } = { ...RMSPROP, ...(spec as Extract<OptimizerSpec, { kind: 'rmsprop' }>) };
    const [velocity, update] = slots as [Variable, Variable];
    const scalars = [rho, 0, epsilon].map((value) => tf().scalar(value));
    if (updateInPlace('ResourceApplyRMSProp', [weight, velocity, update], [rate, ...scalars, gradient])) return;
    const next = towards(velocity, gradient.square(), 1 - rho);
    const delta = gradient.mul(rate).div(next.add(epsilon).sqrt());
    weight.assign(weight.sub(delta));
    velocity.assign(next);
    update.assign(delta);
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
  apply: (spec, weight, slots, gradient, rate) => {
    const { beta1, beta2, epsilon } = { ...ADAM, ...(spec as Extract<OptimizerSpec, { kind: 'adam' }>) };
    const [m, v] = slots as [Variable, Variable];
    // Powers of beta as 0: the kernel then adds no correction of its own to the rate.
    const scalars = [beta1, beta2, epsilon].map((value) => tf().scalar(value));
    if (updateInPlace('ResourceApplyAdam', [weight, m, v], [tf().scalar(0), tf().scalar(0), rate, ...scalars, gradient])) return;
    const first = towards(m, gradient, 1 - beta1);
    const second = towards(v, gradient.square(), 1 - beta2);
    weight.assign(weight.sub(first.mul(rate).div(second.sqrt().add(epsilon))));
    m.assign(first);
    v.assign(second);
  },
};

export const UPDATE_RULES: Readonly<Record<OptimizerSpec['kind'], UpdateRule>> = { sgd, momentum, rmsprop, adam };

function towards(value: Tensor, target: Tensor, share: number): Tensor {
  return value.add(target.sub(value).mul(share));
}
