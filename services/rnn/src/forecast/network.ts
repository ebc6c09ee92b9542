import { dense, dropout, initializers, Parameters, watching, type ForwardContext, type NamedVariable, type Tensor } from '@quartet/core';
import { inputNoise, recurrentStack } from '../network/recurrent';
import { sizesOf, type Sizes } from './features';
import type { ForecastPlan } from './plan';

export interface ForecastNetwork {
  readonly weights: readonly NamedVariable[];
  /** From `window` [batch, window, features] and `ahead` [batch, steps, ahead]: each member's [batch, steps, targets * quantiles]. */
  members(inputs: Record<string, Tensor>, context: ForwardContext): Tensor[];
  dispose(): void;
}

/** Width of the layer in which a step's forecast is worked out from the state and what is known of the step. */
const HIDDEN = 32;

type Member = (inputs: Record<string, Tensor>, context: ForwardContext) => Tensor;

/**
 * Networks that differ in their initial weights alone. Each reads the window with recurrent layers, and answers what the base's
 * forecast is to be corrected by: a step at a time from the last state and what is known of that step; plus, as in LSTNet (Lai et
 * al., 2018), a linear function of the targets' last values. All begin at 0, with the base's own forecast.
 */
export function buildForecastNetwork(plan: ForecastPlan, seed: bigint): ForecastNetwork {
  const parameters = new Parameters(seed);
  const sizes = sizesOf(plan);
  const members = Array.from({ length: plan.ensemble }, (_, index) => buildMember(parameters.scope(`member${index}`), plan, sizes, `member${index}.recurrent`));
  return {
    weights: parameters.all,
    members: (inputs, context) => members.map((member) => member(inputs, context)),
    dispose: () => parameters.dispose(),
  };
}

function buildMember(parameters: Parameters, plan: ForecastPlan, sizes: Sizes, name: string): Member {
  const { window, features, targetFeatures, linearSteps, steps, ahead, targets } = sizes;
  const outputs = targets * sizes.quantiles;
  const stack = recurrentStack(parameters.scope('recurrent'), features, plan.network);
  const noise = inputNoise(parameters.scope('noise'), plan.network);
  const drop = dropout(parameters.scope('dropout'), plan.network.dropout);
  const fromState = dense(parameters.scope('state'), stack.units, HIDDEN);
  const fromAhead = ahead > 0 ? dense(parameters.scope('ahead'), ahead, HIDDEN, { bias: false }) : undefined;
  const stepBias = parameters.weight('step', [steps, HIDDEN], initializers.normal(0.3));
  const output = dense(parameters.scope('output'), HIDDEN, outputs, { initializer: initializers.smallOutput });
  const linear = dense(parameters.scope('linear'), linearSteps * targetFeatures, steps * outputs, { initializer: initializers.zeros });
  return (inputs, context) => {
    const x = noise(inputs['window']!, context);
    const batch = x.shape[0];
    const state = drop(stack.apply(x, { ...watching(context, name), inputGradient: false }).last, context);
    const common = fromState(state, context).reshape([batch, 1, HIDDEN]).add(stepBias);
    const hidden = fromAhead ? common.add(fromAhead(inputs['ahead']!, context)) : common;
    const recent = x.slice([0, window - linearSteps, 0], [batch, linearSteps, targetFeatures]).reshape([batch, linearSteps * targetFeatures]);
    return output(hidden.relu(), context).add(linear(recent, context).reshape([batch, steps, outputs]));
  };
}

/** [batch, steps, targets * quantiles]: what the members say on average. */
export function forecastOf(network: ForecastNetwork, inputs: Record<string, Tensor>, context: ForwardContext): Tensor {
  const [first, ...rest] = network.members(inputs, context) as [Tensor, ...Tensor[]];
  return rest.reduce((sum, member) => sum.add(member), first).div(rest.length + 1);
}
