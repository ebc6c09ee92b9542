import type { Tensor } from '../engine';
import { CoreError } from '../errors';
import type { ForwardContext, NamedVariable } from '../layers/layer';
import type { ForwardResult } from '../network/network';
import type { VideoPlan } from './plan';
import type { VideoSpec } from './spec';

/** A function of clips, [batch, frames, height, width, channels] -> [batch, features]; and of these, [batch, classes]. */
export interface VideoStages {
  embed: (x: Tensor, context: ForwardContext) => Tensor;
  classify: (embedding: Tensor, context: ForwardContext) => Tensor;
}

/** A network over clips with its weights, in TensorFlow's memory until `dispose`. Made by buildVideoNetwork. */
export class VideoNetwork {
  constructor(
    readonly spec: VideoSpec,
    readonly plan: VideoPlan,
    readonly weights: readonly NamedVariable[],
    private readonly stages: VideoStages,
  ) {}

  get parameterCount(): number {
    return this.plan.parameters;
  }

  /** @param x [batch, ...spec.inputShape], float32 in 0..1. */
  forward(x: Tensor, context: ForwardContext = { training: false }): ForwardResult {
    if (context.training && !context.random) throw new CoreError('INTERNAL', 'a training forward pass needs its seed and step');
    const embedding = this.stages.embed(x, context);
    return { embedding, logits: this.stages.classify(embedding, context) };
  }

  dispose(): void {
    for (const { variable } of this.weights) variable.dispose();
  }
}
