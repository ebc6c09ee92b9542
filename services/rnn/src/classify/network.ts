import { dense, dropout, initializers, Parameters, watching, type ForwardContext, type NamedVariable, type Tensor } from '@quartet/core';
import { inputNoise, recurrentStack } from '../network/recurrent';
import type { ClassifierPlan } from './plan';

export interface SequenceClassifier {
  readonly weights: readonly NamedVariable[];
  /** From `x` [batch, time, channels] and `lengths` [batch], int32: each member's logits, [batch, classes]. */
  members(inputs: Record<string, Tensor>, context: ForwardContext): Tensor[];
  dispose(): void;
}

/** Networks that differ in their initial weights alone: recurrent layers, the mean of their outputs and their last state, logits. */
export function buildClassifier({ channels, classes, network, ensemble }: ClassifierPlan, seed: bigint): SequenceClassifier {
  const parameters = new Parameters(seed);
  const members = Array.from({ length: ensemble }, (_, index) => {
    const scope = parameters.scope(`member${index}`);
    const stack = recurrentStack(scope.scope('recurrent'), channels, network);
    const name = `member${index}.recurrent`;
    const noise = inputNoise(scope.scope('noise'), network);
    const drop = dropout(scope.scope('dropout'), network.dropout);
    const logits = dense(scope.scope('logits'), 2 * stack.units, classes, { initializer: initializers.smallOutput });
    return ({ x, lengths }: Record<string, Tensor>, context: ForwardContext): Tensor => {
      const { steps, last } = stack.apply(noise(x!, context), { ...watching(context, name), lengths: lengths!, sequences: true, zeroMasked: true, inputGradient: false });
      // A check of the exported model runs it on zeros.
      const count = lengths!.toFloat().maximum(1).reshape([-1, 1]);
      const mean = steps.reduce((sum, step) => sum.add(step)).div(count);
      return logits(drop(mean.concat(last, 1), context), context);
    };
  });
  return {
    weights: parameters.all,
    members: (inputs, context) => members.map((member) => member(inputs, context)),
    dispose: () => parameters.dispose(),
  };
}

/** [batch, classes]: the mean of the members' softmax. */
export function probabilitiesOf(network: SequenceClassifier, inputs: Record<string, Tensor>): Tensor {
  const each = network.members(inputs, { training: false }).map((logits) => logits.softmax());
  return each.reduce((sum, member) => sum.add(member)).div(each.length);
}
