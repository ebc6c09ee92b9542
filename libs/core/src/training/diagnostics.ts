import { tf, type Tensor } from '../engine';
import { readUpdated } from '../graph/in-place';
import type { NamedVariable } from '../layers/layer';
import { globalNorm } from '../optimizers/clip';
import type { Differentiated } from './differentiate';
import type { Metrics } from './events';
import type { RecurrentObservation } from './recurrent-watch';

/** What was measured in one step, one weight and one layer at a time. */
export interface StepDiagnostics {
  /** L2 norm of each trainable weight's gradient, before clipping, in the order of the weights. */
  gradientNorms: Metrics;
  /** L2 norm of the change over that of the weight, for weights of two dimensions or more; 0.001 is usual. */
  updateRatios: Metrics;
  /** Share of a ReLU's units that gave 0 for the whole batch, by layer. */
  deadUnits: Metrics;
  /** Of a net with recurrent layers. */
  recurrent?: RecurrentObservation;
}

/**
 * As metrics of a progress event: `gradientNorm/layers.0.kernel`, `updateRatio/layers.0.kernel`, `deadUnits/layers.0`,
 * `spectralRadius/recurrent.0.recurrent_kernel`.
 */
export function diagnosticMetrics({ gradientNorms, updateRatios, deadUnits, recurrent }: StepDiagnostics): Metrics {
  const named = (prefix: string, values: Metrics) => Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value] as const);
  return Object.fromEntries([...named('gradientNorm', gradientNorms), ...named('updateRatio', updateRatios), ...named('deadUnits', deadUnits), ...named('spectralRadius', recurrent?.radii ?? {})]);
}

/** Measures inside a step. All goes into one tensor, which costs nothing in the steps where it isn't fetched. */
export class Diagnostics {
  private readonly kernels: NamedVariable[];
  private layers: string[] = [];

  constructor(private readonly trainable: readonly NamedVariable[]) {
    this.kernels = trainable.filter(({ variable }) => variable.rank >= 2);
  }

  /** To be called before the update. @returns what measures after it: [numbers], for `read`. */
  begin({ norms, deadUnits }: Differentiated): () => Tensor {
    this.layers = deadUnits.map(({ layer }) => layer);
    const before = this.kernels.map(({ variable }) => variable.clone());
    return () => {
      const ratios = this.kernels.map(({ variable }, index) => {
        const start = before[index] as Tensor;
        return globalNorm([readUpdated(variable).sub(start)]).div(globalNorm([start]).maximum(1e-12));
      });
      const scalars = [...ratios, ...deadUnits.map(({ share }) => share)];
      return scalars.length === 0 ? norms : tf().concat([norms, tf().stack(scalars)]);
    };
  }

  read(measured: ArrayLike<number>): StepDiagnostics {
    let at = 0;
    const take = (names: readonly string[]): Metrics => Object.fromEntries(names.map((name) => [name, measured[at++] ?? NaN]));
    const names = (weights: readonly NamedVariable[]) => weights.map(({ name }) => name);
    return { gradientNorms: take(names(this.trainable)), updateRatios: take(names(this.kernels)), deadUnits: take(this.layers) };
  }
}
