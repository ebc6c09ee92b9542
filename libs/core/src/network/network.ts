import { scoped, type Tensor } from '../engine';
import { CoreError } from '../errors';
import { formatShape, type HostTensor } from '../tensor/host-tensor';
import { assignHost, toHost, toTensor } from '../tensor/convert';
import type { ForwardContext, Layer, NamedVariable } from '../layers/layer';
import type { NetworkPlan } from './plan';
import type { NetworkSpec } from './spec';

export interface ForwardResult {
  /** [batch, classes]. */
  logits: Tensor;
  /** Activations of the last hidden layer, [batch, features]. */
  embedding: Tensor;
}

/** A network with its weights, in TensorFlow's memory until `dispose`. Made by buildNetwork. */
export class Network {
  constructor(
    readonly spec: NetworkSpec,
    readonly plan: NetworkPlan,
    readonly weights: readonly NamedVariable[],
    private readonly hidden: readonly Layer[],
    private readonly classify: Layer,
    /** So many layers, from the first, don't learn. */
    readonly frozenLayers = 0,
  ) {}

  /** What it is, and what of it learns, as plain JSON: a checkpoint is of one such network. */
  get identity(): NetworkSpec & { frozenLayers?: number } {
    return this.frozenLayers > 0 ? { ...this.spec, frozenLayers: this.frozenLayers } : this.spec;
  }

  get parameterCount(): number {
    return this.plan.parameters;
  }

  get trainableWeights(): NamedVariable[] {
    return this.weights.filter(({ trainable }) => trainable);
  }

  /**
   * The forward pass. In training, batch normalization also moves its running statistics.
   *
   * @param x [batch, ...spec.inputShape], float32 in 0..1.
   */
  forward(x: Tensor, context: ForwardContext = { training: false }): ForwardResult {
    if (context.training && !context.random) throw new CoreError('INTERNAL', 'a training forward pass needs its seed and step');
    let activation = x;
    for (const stage of this.hidden) activation = stage(activation, context);
    return { embedding: activation, logits: this.classify(activation, context) };
  }

  /** Runs the forward pass eagerly on host tensors. */
  predict(x: HostTensor): { logits: HostTensor; embedding: HostTensor } {
    return scoped(() => {
      const { logits, embedding } = this.forward(toTensor(x));
      return { logits: toHost(logits), embedding: toHost(embedding) };
    });
  }

  /** Copies of all weights, running statistics included, by name. */
  exportWeights(): Map<string, HostTensor> {
    return new Map(this.weights.map(({ name, variable }) => [name, toHost(variable)]));
  }

  /** @throws CoreError SHAPE_MISMATCH unless there is a float32 tensor of the right shape for each weight, and no more. */
  importWeights(values: ReadonlyMap<string, HostTensor>): void {
    const unknown = [...values.keys()].filter((name) => !this.weights.some((weight) => weight.name === name));
    if (unknown.length > 0) {
      throw new CoreError('SHAPE_MISMATCH', `received unknown weights ${unknown.join(', ')}; they are of another network`);
    }
    for (const { name, variable } of this.weights) {
      const value = values.get(name);
      if (!value || value.dtype !== 'float32' || formatShape(value.shape) !== formatShape(variable.shape)) {
        const received = value ? `${value.dtype} ${formatShape(value.shape)}` : 'nothing';
        throw new CoreError(
          'SHAPE_MISMATCH',
          `weight ${name}: received ${received}, expected float32 ${formatShape(variable.shape)}; they are of another network`,
        );
      }
    }
    for (const { name, variable } of this.weights) {
      // A copy: the variable must not share memory that the caller may change.
      const value = values.get(name) as HostTensor;
      assignHost(variable, { ...value, data: value.data.slice() });
    }
  }

  dispose(): void {
    for (const { variable } of this.weights) variable.dispose();
  }
}
