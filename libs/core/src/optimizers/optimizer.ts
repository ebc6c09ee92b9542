import { tf, type Scalar, type Tensor, type Variable } from '../engine';
import { readUpdated, subtractScaled } from '../graph/in-place';
import type { NamedVariable } from '../layers/layer';
import { UPDATE_RULES, type OptimizerSpec, type UpdateRule } from './update-rules';

export interface OptimizerOptions {
  /** Decoupled (Loshchilov and Hutter, 2019), for weights of two or more dimensions. Default 0. */
  weightDecay?: number;
  /** Keeps an exponential moving average of each weight (Polyak and Juditsky, 1992): average += (weight - average) * (1 - decay). `warmUp`: see averagedShare. */
  ema?: { decay: number; warmUp?: boolean };
  /** Keeps a sum of gradients beside each weight, for `accumulate`. */
  accumulates?: boolean;
}

/** What the update of a step depends on, as scalars: see `coefficients`. */
export interface UpdateScalars {
  rate: Scalar;
  decay: Scalar;
  /** With `ema`: by which share the averages move in this update. Default: 1 - its decay. */
  averaged?: Scalar;
}

/**
 * Applies one of the update rules. Its whole state is in the slots: variables of the weights' shapes, named
 * `<weight>/<slot>`, so that a checkpoint of weights, slots and step is exact.
 */
export class Optimizer {
  /** All slots, in the order of the weights. */
  readonly slots: NamedVariable[] = [];
  /** With `ema`: the average of each trainable weight, by the weight's name. Starts at the weight's value. */
  readonly averages = new Map<string, Variable>();
  private readonly rule: UpdateRule;
  private readonly slotsOf = new Map<NamedVariable, Variable[]>();
  private readonly sums: Variable[] = [];

  constructor(
    private readonly spec: OptimizerSpec,
    private readonly weights: readonly NamedVariable[],
    private readonly options: OptimizerOptions = {},
  ) {
    this.rule = UPDATE_RULES[spec.kind];
    for (const weight of weights) {
      const { shape } = weight.variable;
      this.slotsOf.set(weight, this.rule.slots.map((slot) => this.addSlot(weight, slot, () => tf().zeros(shape))));
      if (options.ema) this.averages.set(weight.name, this.addSlot(weight, 'average', () => weight.variable.clone()));
      if (options.accumulates) this.sums.push(this.addSlot(weight, 'sum', () => tf().zeros(shape)));
    }
  }

  /**
   * The numbers that the update of a step depends on, to be handed to `apply` as scalars: computed in double precision
   * from the step alone.
   *
   * @param step From 1; counts updates.
   */
  coefficients(step: number, learningRate: number): { rate: number; decay: number } {
    return {
      rate: learningRate * this.rule.correction(this.spec, step),
      decay: learningRate * (this.options.weightDecay ?? 0),
    };
  }

  /**
   * By which share the averages move in an update, with `ema`: 1 - decay. With its `warmUp` more at first, so that the start is soon forgotten: the decay is at most
   * update / (9 + update), as in TensorFlow's ExponentialMovingAverage.
   *
   * @param update From 1.
   */
  averagedShare(update: number): number {
    const { decay = 0, warmUp = false } = this.options.ema ?? {};
    return 1 - (warmUp ? Math.min(decay, update / (9 + update)) : decay);
  }

  /** @param gradients One for each weight, in their order. */
  apply(gradients: readonly Tensor[], { rate, decay, averaged }: UpdateScalars): void {
    tf().tidy(() => {
      for (const [index, weight] of this.weights.entries()) {
        const { variable } = weight;
        if ((this.options.weightDecay ?? 0) > 0 && variable.rank >= 2) subtractScaled(variable, decay, variable);
        this.rule.apply(this.spec, variable, this.slotsOf.get(weight) as Variable[], gradients[index] as Tensor, rate);
        const average = this.averages.get(weight.name);
        if (average) subtractScaled(average, averaged ?? tf().scalar(1 - (this.options.ema?.decay ?? 0)), average.sub(readUpdated(variable)));
      }
    });
  }

  /** Adds gradients to the sums; weights and other slots stay. Needs `accumulates`. */
  accumulate(gradients: readonly Tensor[]): void {
    tf().tidy(() => {
      const minusOne = tf().scalar(-1);
      this.sums.forEach((sum, index) => subtractScaled(sum, minusOne, gradients[index] as Tensor));
    });
  }

  /** The sums with these gradients added, one for each weight; the sums go back to 0. */
  takeAccumulated(gradients: readonly Tensor[]): Tensor[] {
    return this.sums.map((sum, index) => {
      const total = sum.add(gradients[index] as Tensor);
      sum.assign(tf().zerosLike(sum));
      return total;
    });
  }

  dispose(): void {
    for (const { variable } of this.slots) variable.dispose();
  }

  private addSlot(weight: NamedVariable, slot: string, start: () => Tensor): Variable {
    const variable = tf().tidy(() => tf().variable(start(), false));
    this.slots.push({ name: `${weight.name}/${slot}`, variable, trainable: false });
    return variable;
  }
}
