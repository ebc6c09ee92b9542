import { checkInput, type Objective, type Tensor } from '@quartet/core';
import { sizesOf } from './features';
import type { ForecastNetwork } from './network';
import type { ForecastPlan } from './plan';

/**
 * Quantile regression: the mean pinball loss (Koenker and Bassett, 1978), summed over the ensemble's members, each of which learns
 * by itself. Inputs `window`, `ahead` and `y` [batch, steps, targets], all in the plan's units; metric `mae`, of the members' mean median.
 */
export function forecastObjective(network: ForecastNetwork, plan: ForecastPlan): Objective {
  const { window, features, steps, ahead, targets, quantiles } = sizesOf(plan);
  const median = plan.quantiles.indexOf(0.5);
  return {
    weights: network.weights,
    metrics: ['mae'],
    fingerprint: plan,
    check(batch) {
      checkInput(batch, 'window', 'float32', [window, features]);
      if (ahead > 0) checkInput(batch, 'ahead', 'float32', [steps, ahead]);
      checkInput(batch, 'y', 'float32', [steps, targets]);
    },
    compute({ inputs, exampleWeights, context }) {
      const y = inputs['y']!;
      const batch = y.shape[0];
      const mean = (each: Tensor) => each.reshape([batch, -1]).mean(1).mul(exampleWeights).sum().asScalar();
      const forecasts = network.members(inputs, context).map((member) => member.reshape([batch, steps, targets, quantiles]).unstack(3));
      const losses = forecasts.map((byQuantile) =>
        byQuantile
          .map((forecast, index) => {
            const error = y.sub(forecast);
            const level = plan.quantiles[index]!;
            return error.mul(level).maximum(error.mul(level - 1));
          })
          .reduce((sum, each) => sum.add(each)),
      );
      const total = losses.reduce((sum, each) => sum.add(each)).mul(2 / quantiles);
      const medians = forecasts.map((byQuantile) => byQuantile[median]!).reduce((sum, each) => sum.add(each));
      return { loss: mean(total), metrics: { mae: mean(y.sub(medians.div(forecasts.length)).abs()) } };
    },
  };
}
