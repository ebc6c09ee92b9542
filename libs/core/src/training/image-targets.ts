import { tf, type Scalar, type Tensor } from '../engine';
import { CoreError, type Violation } from '../errors';
import { mixup } from '../layers/mixup';
import { binaryCrossEntropyWithLogits } from '../losses/binary-cross-entropy';
import { meanSquaredError } from '../losses/regression';
import { answersOf } from '../network/answers';
import type { Network } from '../network/network';
import { deriveSeed } from '../random';
import { checkInput } from './check-input';
import type { Objective, ObjectiveInputs } from './objective';

export interface TargetOptions {
  /** Of labels: how far 0 and 1 move towards 0.5, 0 to below 1. Default 0. */
  labelSmoothing?: number;
  /** Alpha of mixup's Beta distribution, 0 to 10; see `mixup`. Default 0: none. */
  mixup?: number;
}

/**
 * A network with the head `labels` that learns them by binary cross entropy: inputs `x`, [batch, ...spec.inputShape], and `targets`,
 * [batch, classes], float32 in 0..1; metric `labelAccuracy`, the share of labels told right; evaluation output `logits`.
 *
 * @throws CoreError INVALID_FIELD for an option out of its range, or another head.
 */
export function multiLabelObjective(network: Network, options: TargetOptions = {}): Objective {
  checkOptions(network, 'labels', options);
  const { labelSmoothing = 0 } = options;
  return objectiveOf(network, options, 'labelAccuracy', (logits, targets, wanted, training) => {
    const smooth = training && labelSmoothing > 0 ? wanted.mul(1 - labelSmoothing).add(labelSmoothing / 2) : wanted;
    const right = logits.greaterEqual(0).equal(targets.greaterEqual(0.5)).cast('float32').mean(1);
    return { losses: binaryCrossEntropyWithLogits(logits, smooth), measured: right, outputs: { logits } };
  });
}

/**
 * A network with the head `numbers` that learns them by the mean squared error of what spec.targets standardizes: inputs `x` and `targets`,
 * [batch, classes], float32 in their own units; metric `mae`, in these; evaluation output `values`.
 *
 * @throws CoreError INVALID_FIELD for an option out of its range, or another head.
 */
export function numbersObjective(network: Network, options: TargetOptions = {}): Objective {
  checkOptions(network, 'numbers', options);
  const { targets: scale } = network.spec;
  const standardized = (values: Tensor): Tensor => (scale ? values.sub(tf().tensor1d(scale.mean)).div(tf().tensor1d(scale.standardDeviation)) : values);
  return objectiveOf(network, options, 'mae', (outputs, targets, wanted) => {
    const { values } = answersOf(outputs, network.spec);
    return { losses: meanSquaredError(outputs, standardized(wanted)), measured: values!.sub(targets).abs().mean(1), outputs: { values: values! } };
  });
}

/** @param targets As they are. @param wanted Mixed in training, if they are to be. */
type Compare = (outputs: Tensor, targets: Tensor, wanted: Tensor, training: boolean) => { losses: Tensor; measured: Tensor; outputs: Record<string, Tensor> };

function objectiveOf(network: Network, options: TargetOptions, metric: string, compare: Compare): Objective {
  const { inputShape, classes } = network.spec;
  return {
    weights: network.weights,
    metrics: [metric],
    fingerprint: { ...network.identity, objective: options },
    check(batch) {
      checkInput(batch, 'x', 'float32', inputShape);
      checkInput(batch, 'targets', 'float32', [classes]);
    },
    compute(given) {
      const { exampleWeights, context } = given;
      const targets = given.inputs.targets!;
      const mixed = context.training ? mixedInputs(given, options.mixup ?? 0) : { x: given.inputs.x!, targets };
      const { logits } = network.forward(mixed.x, context);
      const { losses, measured, outputs } = compare(logits, targets, mixed.targets, context.training);
      const mean = (each: Tensor): Scalar => each.mul(exampleWeights).sum();
      return { loss: mean(losses), metrics: { [metric]: mean(measured) }, outputs };
    },
  };
}

function mixedInputs({ inputs, exampleWeights, context }: ObjectiveInputs, alpha: number): { x: Tensor; targets: Tensor } {
  const given = { x: inputs.x!, targets: inputs.targets! };
  return alpha > 0 ? mixup({ ...given, exampleWeights }, alpha, deriveSeed(context.random!.seed, 'mixup'), context.random!.step) : given;
}

function checkOptions({ spec }: Network, head: string, { labelSmoothing = 0, mixup: alpha = 0 }: TargetOptions): void {
  const violations: Violation[] = [];
  if (spec.head !== head) violations.push({ field: 'spec.head', description: `received ${spec.head ?? 'classes'}, expected ${head}` });
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) violations.push({ field: 'labelSmoothing', description: `received ${labelSmoothing}, expected a number from 0 to below 1` });
  if (!(alpha >= 0 && alpha <= 10)) violations.push({ field: 'mixup', description: `received ${alpha}, expected a number from 0 to 10` });
  if (violations.length > 0) throw CoreError.invalidAll(violations);
}
