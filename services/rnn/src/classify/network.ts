import { dense, dropout, initializers, joinSteps, Parameters, sequenceMask, watching, type ForwardContext, type NamedVariable, type Tensor } from '@quartet/core';
import { packedState } from '../network/packed-state';
import { recurrentStack } from '../network/recurrent';
import { inputsOf } from './inputs';
import { readsNumbers, type ClassifierPlan } from './plan';
import { classProbabilities } from './ordinal';

export interface SequenceClassifier {
  readonly weights: readonly NamedVariable[];
  /** From the inputs' tensors: each member's logits, [batch, classes]; of ordered classes one less, for the boundaries. */
  members(inputs: Record<string, Tensor>, context: ForwardContext): Tensor[];
  /** Of those that read numbers forwards only. */
  readonly stepper?: ClassifierStepper;
  dispose(): void;
}

/** A classifier that goes on a step at a time: after each step it answers what it would of the whole sequence so far. */
export interface ClassifierStepper {
  /** Width of all states and of the sums of the outputs, packed: zeros before the first step. */
  readonly stateWidth: number;
  /** @param x [batch, channels], scaled. @param state [batch, stateWidth]. @param before [batch]: steps before this one. */
  step(x: Tensor, state: Tensor, before: Tensor): { members: Tensor[]; state: Tensor };
}

interface Member {
  logits(given: Record<string, Tensor>, context: ForwardContext): Tensor;
  readonly stateUnits: readonly number[];
  /** @param states The recurrent layers' and then the sum of the outputs. */
  step(x: Tensor, states: readonly Tensor[], before: Tensor): { logits: Tensor; states: Tensor[] };
}

/**
 * Networks that differ in their initial weights alone: recurrent layers, the mean of their outputs and their last state, of texts also their
 * largest outputs and the mean of what went in; logits.
 */
export function buildClassifier(plan: ClassifierPlan, seed: bigint): SequenceClassifier {
  const { classes, ordinal, network, ensemble } = plan;
  const parameters = new Parameters(seed);
  const inputs = inputsOf(plan);
  const members = Array.from({ length: ensemble }, (_, index): Member => {
    const scope = parameters.scope(`member${index}`);
    const front = inputs.front(scope, plan);
    const stack = recurrentStack(scope.scope('recurrent'), front.features, network);
    const pool = plan.reads === 'texts' ? poolWords : poolSteps;
    const width = plan.reads === 'texts' ? 3 * stack.units + front.features : 2 * stack.units;
    const drop = dropout(scope.scope('dropout'), network.dropout);
    const logits = dense(scope.scope('logits'), width, ordinal ? classes - 1 : classes, { initializer: initializers.smallOutput });
    return {
      logits(given, context) {
        const x = front.apply(given, context);
        const { steps, last } = stack.apply(x, { ...watching(context, `member${index}.recurrent`), lengths: given['lengths']!, sequences: true, zeroMasked: true, inputGradient: plan.reads === 'texts' });
        return logits(drop(pool(x, steps, last, given['lengths']!), context), context);
      },
      stateUnits: [...stack.stateUnits, stack.units],
      step(x, states, before) {
        const { steps, last, states: next } = stack.apply([x], { initial: states.slice(0, -1), sequences: true });
        const sum = states.at(-1)!.add(steps[0]!);
        return { logits: logits(sum.div(before.add(1).reshape([-1, 1])).concat(last, 1), { training: false }), states: [...next, sum] };
      },
    };
  });
  return {
    weights: parameters.all,
    members: (given, context) => members.map((member) => member.logits(given, context)),
    stepper: readsNumbers(plan) && !network.bidirectional ? stepperOf(members) : undefined,
    dispose: () => parameters.dispose(),
  };
}

function stepperOf(members: readonly Member[]): ClassifierStepper {
  const packed = packedState(members.flatMap(({ stateUnits }) => stateUnits));
  return {
    stateWidth: packed.width,
    step(x, state, before) {
      const states = packed.unpack(state);
      let at = 0;
      const results = members.map((member) => {
        at += member.stateUnits.length;
        return member.step(x, states.slice(at - member.stateUnits.length, at), before);
      });
      return { members: results.map(({ logits }) => logits), state: packed.pack(results.flatMap(({ states: next }) => next)) };
    },
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
