import { tf, type Scalar, type Tensor } from '../engine';
import { CoreError, type Violation } from '../errors';
import { mixup } from '../layers/mixup';
import type { Network } from '../network/network';
import { softmaxCrossEntropy, softmaxCrossEntropyWithTargets } from '../losses/softmax-cross-entropy';
import { deriveSeed } from '../random';
import { checkInput } from './check-input';
import type { ExampleBatch, Objective, ObjectiveInputs } from './objective';

/** What is done to the targets in training. Validation always measures the plain cross entropy. */
export interface ClassificationOptions {
  /** What an example of each class weighs in the loss, one number a class, at least 0. Default 1 each. */
  classWeights?: readonly number[];
  /** Share of the target that goes to all classes alike, 0 to below 1 (Szegedy et al., 2016). Default 0. */
  labelSmoothing?: number;
  /** Alpha of mixup's Beta distribution, 0 to 10; see `mixup`. Default 0: none. */
  mixup?: number;
}

/**
 * A network that learns classes by softmax cross entropy: inputs `x`, [batch, ...spec.inputShape] float32, and `y`, [batch]
 * int32; metric `accuracy`; evaluation output `logits`, [batch, classes].
 *
 * With class weights w and smoothing e the loss of an example of class y is, as in PyTorch, the sum over k of
 * w[k] ((1 - e) [k = y] + e / classes) (-log p[k]); the mean is over the examples, not their weights.
 *
 * @throws CoreError INVALID_FIELD with a violation for each option out of its range.
 */
export function classificationObjective(network: Network, options: ClassificationOptions = {}): Objective {
  const { inputShape, classes } = network.spec;
  checkOptions(options, classes);
  const { classWeights, labelSmoothing = 0, mixup: alpha = 0 } = options;
  const plain = classWeights === undefined && labelSmoothing === 0 && alpha === 0;
  const training = ({ inputs, exampleWeights, context }: ObjectiveInputs): { logits: Tensor; losses: Tensor } => {
    let [x, targets] = [inputs.x!, tf().oneHot(inputs.y!, classes).cast('float32')];
    if (alpha > 0) ({ x, targets } = mixup({ x, targets, exampleWeights }, alpha, deriveSeed(context.random!.seed, 'mixup'), context.random!.step));
    const smooth = labelSmoothing > 0 ? targets.mul(1 - labelSmoothing).add(labelSmoothing / classes) : targets;
    const { logits } = network.forward(x, context);
    return { logits, losses: softmaxCrossEntropyWithTargets(logits, classWeights ? smooth.mul(tf().tensor1d([...classWeights])) : smooth) };
  };
  return {
    weights: network.weights,
    metrics: ['accuracy'],
    fingerprint: plain ? network.identity : { ...network.identity, objective: options },
    check(batch) {
      checkInput(batch, 'x', 'float32', inputShape);
      checkInput(batch, 'y', 'int32', []);
      checkLabels(batch, classes);
    },
    compute(given) {
      const { inputs, exampleWeights, context } = given;
      const evaluate = (): { logits: Tensor; losses: Tensor } => {
        const { logits } = network.forward(inputs.x!, context);
        return { logits, losses: softmaxCrossEntropy(logits, inputs.y!) };
      };
      const { logits, losses } = context.training && !plain ? training(given) : evaluate();
      const mean = (each: Tensor): Scalar => each.mul(exampleWeights).sum();
      return { loss: mean(losses), metrics: { accuracy: mean(logits.argMax(1).equal(inputs.y!).cast('float32')) }, outputs: { logits } };
    },
  };
}

/** @returns n / (classes * n[k]): each class then weighs as much in the loss as any other. A class without examples gets 0. */
export function balancedWeights(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (count === 0 ? 0 : total / (counts.length * count)));
}

function checkOptions({ classWeights, labelSmoothing = 0, mixup: alpha = 0 }: ClassificationOptions, classes: number): void {
  const violations: Violation[] = [];
  const isWeight = (weight: number): boolean => Number.isFinite(weight) && weight >= 0;
  if (classWeights && (classWeights.length !== classes || !classWeights.every(isWeight) || !classWeights.some((weight) => weight > 0))) {
    violations.push({ field: 'classWeights', description: `received ${classWeights.join(', ') || 'none'}, expected ${classes} numbers of at least 0, one a class, not all 0` });
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) violations.push({ field: 'labelSmoothing', description: `received ${labelSmoothing}, expected a number from 0 to below 1` });
  if (!(alpha >= 0 && alpha <= 10)) violations.push({ field: 'mixup', description: `received ${alpha}, expected a number from 0 to 10` });
  if (violations.length > 0) throw CoreError.invalidAll(violations);
}

/** TensorFlow answers a label out of range with NaN, which would be taken for a fault of the training. */
function checkLabels({ inputs }: ExampleBatch, classes: number): void {
  const bad = inputs.y!.data.find((label) => label < 0 || label >= classes);
  if (bad !== undefined) throw new CoreError('UNUSABLE_DATASET', `received class ${bad} in a batch, expected 0 to ${classes - 1}`);
}
