import { dense, dropout, initializers, joinSteps, Parameters, sequenceMask, type ForwardContext, type NamedVariable, type Tensor } from '@quartet/core';
import { recurrentStack } from '../network/recurrent';
import { inputsOf } from './inputs';
import type { ClassifierPlan } from './plan';
import { classProbabilities } from './ordinal';

export interface SequenceClassifier {
  readonly weights: readonly NamedVariable[];
  /** From the inputs' tensors: each member's logits, [batch, classes]; of ordered classes one less, for the boundaries. */
  members(inputs: Record<string, Tensor>, context: ForwardContext): Tensor[];
  dispose(): void;
}

/**
 * Networks that differ in their initial weights alone: recurrent layers, the mean of their outputs and their last state, of texts also their
 * largest outputs and the mean of what went in; logits.
 */
export function buildClassifier(plan: ClassifierPlan, seed: bigint): SequenceClassifier {
  const { classes, ordinal, network, ensemble } = plan;
  const parameters = new Parameters(seed);
  const inputs = inputsOf(plan);
  const members = Array.from({ length: ensemble }, (_, index) => {
    const scope = parameters.scope(`member${index}`);
    const front = inputs.front(scope, plan);
    const stack = recurrentStack(scope.scope('recurrent'), front.features, network);
    const pool = plan.reads === 'texts' ? poolWords : poolSteps;
    const width = plan.reads === 'texts' ? 3 * stack.units + front.features : 2 * stack.units;
    const drop = dropout(scope.scope('dropout'), network.dropout);
    const logits = dense(scope.scope('logits'), width, ordinal ? classes - 1 : classes, { initializer: initializers.smallOutput });
    return (given: Record<string, Tensor>, context: ForwardContext): Tensor => {
      const x = front.apply(given, context);
      const { steps, last } = stack.apply(x, { lengths: given['lengths']!, sequences: true, zeroMasked: true, inputGradient: plan.reads === 'texts' });
      return logits(drop(pool(x, steps, last, given['lengths']!), context), context);
    };
  });
  return {
    weights: parameters.all,
    members: (given, context) => members.map((member) => member(given, context)),
    dispose: () => parameters.dispose(),
  };
}

/** [batch, 1]. A check of the exported model runs it on zeros. */
const countOf = (lengths: Tensor): Tensor => lengths.toFloat().maximum(1).reshape([-1, 1]);

/** Mean and last output. */
function poolSteps(_: Tensor, steps: readonly Tensor[], last: Tensor, lengths: Tensor): Tensor {
  return steps.reduce((sum, step) => sum.add(step)).div(countOf(lengths)).concat(last, 1);
}

/** Mean, largest and last output, and the mean of the words' own vectors: what words there are often says it all. */
function poolWords(x: Tensor, steps: readonly Tensor[], last: Tensor, lengths: Tensor): Tensor {
  const outputs = joinSteps(steps);
  const mask = sequenceMask(lengths, steps.length).expandDims(2);
  const count = countOf(lengths);
  // Outputs are within -1..1.
  const largest = outputs.add(mask.sub(1).mul(2)).max(1);
  return outputs.sum(1).div(count).concat([largest, last, x.mul(mask).sum(1).div(count)], 1);
}

/** [batch, classes]: the mean of what the members say. */
export function probabilitiesOf(network: SequenceClassifier, plan: ClassifierPlan, inputs: Record<string, Tensor>): Tensor {
  return meanProbabilities(network.members(inputs, { training: false }), plan);
}

/** [batch, classes] of the members' logits. */
export function meanProbabilities(members: readonly Tensor[], { ordinal }: ClassifierPlan): Tensor {
  const each = members.map((logits) => (ordinal ? logits.sigmoid() : logits.softmax()));
  const mean = each.reduce((sum, member) => sum.add(member)).div(each.length);
  return ordinal ? classProbabilities(mean) : mean;
}
