import type { Scalar, Tensor } from '../engine';
import type { ForwardContext, NamedVariable } from '../layers/layer';
import { checkInput } from './check-input';
import type { Objective } from './objective';

export interface RegressionModel {
  weights: readonly NamedVariable[];
  /** [batch, ...inputShape] -> [batch, ...targetShape]. */
  forward(x: Tensor, context: ForwardContext): Tensor;
  /** Of one example; null: any size. */
  inputShape: readonly (number | null)[];
  targetShape: readonly (number | null)[];
  /** See Objective. */
  fingerprint: unknown;
}

/**
 * A model that learns numbers by mean squared error: inputs `x` and `y`, float32; metric `mae`, the mean absolute error;
 * evaluation output `prediction`.
 */
export function regressionObjective(model: RegressionModel): Objective {
  return {
    weights: model.weights,
    metrics: ['mae'],
    fingerprint: model.fingerprint,
    check(batch) {
      checkInput(batch, 'x', 'float32', model.inputShape);
      checkInput(batch, 'y', 'float32', model.targetShape);
    },
    compute({ inputs, exampleWeights, context }) {
      const prediction = model.forward(inputs.x!, context);
      const error = prediction.sub(inputs.y!);
      const mean = (each: Tensor): Scalar => each.reshape([exampleWeights.size, -1]).mean(1).mul(exampleWeights).sum();
      return { loss: mean(error.square()), metrics: { mae: mean(error.abs()) }, outputs: { prediction } };
    },
  };
}
