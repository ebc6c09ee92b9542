import { checkInput, softmaxCrossEntropy, type Objective, type Tensor } from '@quartet/core';
import type { SequenceClassifier } from './network';
import type { ClassifierPlan } from './plan';

/** Softmax cross entropy, of each member by itself; metric `accuracy`, of their mean. Inputs `x`, `lengths`, `y`. */
export function classifierObjective(network: SequenceClassifier, plan: ClassifierPlan): Objective {
  return {
    weights: network.weights,
    metrics: ['accuracy'],
    fingerprint: plan,
    check(batch) {
      checkInput(batch, 'x', 'float32', [null, plan.channels]);
      checkInput(batch, 'lengths', 'int32', []);
      checkInput(batch, 'y', 'int32', []);
    },
    compute({ inputs, exampleWeights, context }) {
      const y = inputs['y']!;
      const mean = (each: Tensor) => each.mul(exampleWeights).sum().asScalar();
      const members = network.members(inputs, context);
      const sum = (all: Tensor[]): Tensor => all.reduce((total, each) => total.add(each));
      const probabilities = sum(members.map((logits) => logits.softmax()));
      return {
        loss: mean(sum(members.map((logits) => softmaxCrossEntropy(logits, y)))),
        metrics: { accuracy: mean(probabilities.argMax(1).equal(y).cast('float32')) },
      };
    },
  };
}
