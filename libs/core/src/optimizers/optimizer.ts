import { tf, type Scalar, type Tensor, type Variable } from '../engine';
import type { NamedVariable } from '../layers/layer';
import { UPDATE_RULES, type OptimizerSpec, type UpdateRule } from './update-rules';

/**
 * Applies one of the update rules. Its whole state is in the slots: variables of the weights' shapes, named
 * `<weight>/<slot>`, so that a checkpoint of weights, slots and step is exact.
 */
export class Optimizer {
  /** All slots, in the order of the weights. */
  readonly slots: NamedVariable[] = [];
  private readonly rule: UpdateRule;
  private readonly slotsOf = new Map<NamedVariable, Variable[]>();

  /** @param weightDecay Decoupled (Loshchilov and Hutter, 2019), for weights of two or more dimensions. */
  constructor(
    private readonly spec: OptimizerSpec,
    private readonly weights: readonly NamedVariable[],
    private readonly weightDecay = 0,
  ) {
    this.rule = UPDATE_RULES[spec.kind];
    for (const weight of weights) {
      const own = this.rule.slots.map((slot) => {
        const variable = tf().tidy(() => tf().variable(tf().zeros(weight.variable.shape), false));
        this.slots.push({ name: `${weight.name}/${slot}`, variable, trainable: false });
        return variable;
      });
      this.slotsOf.set(weight, own);
    }
  }

  /**
   * The numbers that the update of a step depends on, to be handed to `apply` as scalars: computed in double precision
   * from the step alone.
   *
   * @param step From 1.
   */
  coefficients(step: number, learningRate: number): { rate: number; decay: number } {
    return {
      rate: learningRate * this.rule.correction(this.spec, step),
      decay: learningRate * this.weightDecay,
    };
  }

  /** @param gradients One for each weight, in their order. */
  apply(gradients: readonly Tensor[], { rate, decay }: { rate: Scalar; decay: Scalar }): void {
    tf().tidy(() => {
      for (const [index, weight] of this.weights.entries()) {
        const { variable } = weight;
        const gradient = gradients[index] as Tensor;
        const slots = this.slotsOf.get(weight) as Variable[];
        const { delta, slots: updated } = this.rule.update(this.spec, gradient, slots, rate);
        const decays = this.weightDecay > 0 && variable.rank >= 2;
        const start = decays ? variable.sub(variable.mul(decay)) : variable;
        variable.assign(start.sub(delta));
        updated.forEach((value, slot) => (slots[slot] as Variable).assign(value));
      }
    });
  }

  dispose(): void {
    for (const { variable } of this.slots) variable.dispose();
  }
}
