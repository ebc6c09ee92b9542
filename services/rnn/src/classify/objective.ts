import { checkInput, ordinalCrossEntropy, softmaxCrossEntropy, type Objective, type Tensor } from '@quartet/core';
import { inputsOf } from './inputs';
import { meanProbabilities, type SequenceClassifier } from './network';
import type { ClassifierPlan } from './plan';

/** Cross entropy, of each member by itself; metric `accuracy`, of their mean. Inputs: those of the plan, and `y`. */
export function classifierObjective(network: SequenceClassifier, plan: ClassifierPlan): Objective {
  const signature = Object.entries(inputsOf(plan).signature(plan, 0));
  const lossOf = plan.ordinal ? ordinalCrossEntropy : softmaxCrossEntropy;
  return {
    weights: network.weights,
    metrics: ['accuracy'],
    fingerprint: plan,
    check(batch) {
      // The first dimension of a shape is time, of any of the plan's lengths.
      for (const [name, { dtype, shape }] of signature) checkInput(batch, name, dtype, shape.map((size, axis) => (axis === 0 ? null : size)));
      checkInput(batch, 'y', 'int32', []);
    },
    compute({ inputs, exampleWeights, context }) {
      const y = inputs['y']!;
      const mean = (each: Tensor) => each.mul(exampleWeights).sum().asScalar();
      const members = network.members(inputs, context);
      return {
        loss: mean(members.map((logits) => lossOf(logits, y)).reduce((total, each) => total.add(each))),
        metrics: { accuracy: mean(meanProbabilities(members, plan).argMax(1).equal(y).cast('float32')) },
      };
    },
  };
}
