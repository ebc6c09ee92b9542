import type { Seed } from '../random';
import { batchNormalization } from '../layers/batch-normalization';
import { residualBlock, separableBlock } from '../layers/blocks';
import { conv2d, depthwiseConv2d, separableConv2d } from '../layers/convolution';
import { dense } from '../layers/dense';
import { smallOutput } from '../layers/initializers';
import type { Layer } from '../layers/layer';
import { dropout } from '../layers/noise';
import { normalize } from '../layers/normalize';
import { Parameters } from '../layers/parameters';
import { averagePool2d, globalAveragePool, maxPool2d } from '../layers/pool';
import { activation, sequential } from '../layers/sequential';
import { flatten } from '../layers/shape';
import { Network } from './network';
import { planNetwork, type ResolvedLayer } from './plan';
import type { NetworkSpec } from './spec';
import { validateNetworkSpec } from './validate';

export interface BuildOptions {
  /** So many layers, from the first, don't learn: they run as in inference, whatever is asked, and none of their weights changes. Default 0. */
  frozenLayers?: number;
}

/**
 * Builds the network with fresh weights, which depend on the seed alone: He's normal initialization before ReLU and its
 * kin (He et al., 2015), Glorot's uniform one elsewhere (Glorot and Bengio, 2010), a tenth of it for the logits; biases 0.
 *
 * @throws CoreError INVALID_FIELD or LIMIT_EXCEEDED, naming the layer; see validateNetworkSpec and planNetwork.
 */
export function buildNetwork(spec: NetworkSpec, seed: Seed, { frozenLayers = 0 }: BuildOptions = {}): Network {
  validateNetworkSpec(spec);
  const plan = planNetwork(spec);
  const parameters = new Parameters(seed);
  const hidden: Layer[] = spec.normalization ? [normalize(spec.normalization.mean, spec.normalization.standardDeviation)] : [];
  let shape = spec.inputShape;
  for (const [index, { layer, outputShape }] of plan.layers.entries()) {
    const name = `layers.${index}`;
    const frozen = index < frozenLayers;
    const stage = build(layer, parameters.scope(name), shape.at(-1) as number);
    hidden.push(frozen ? asInInference(stage) : stage);
    // What a frozen layer does is nothing that its training could be judged by.
    if (!frozen && layer.kind !== 'dropout') hidden.push(observed(name, 'activation' in layer && layer.activation === 'relu'));
    shape = outputShape;
  }
  if (shape.length > 1) hidden.push(flatten());
  const classify = sequential(dense(parameters.scope('logits'), plan.embeddingSize, spec.classes, { initializer: smallOutput }), observed('logits', false));
  const weights = parameters.all.map((weight) => (layerOf(weight.name) < frozenLayers ? { ...weight, trainable: false } : weight));
  return new Network(spec, plan, weights, hidden, classify, frozenLayers);
}

/** No dropout, and batch normalization by its running statistics, which stay. */
const asInInference = (layer: Layer): Layer => (x) => layer(x, { training: false });

/** 3 of `layers.3.kernel`; the head comes after all layers. */
const layerOf = (name: string): number => Number(/^layers\.(\d+)\./.exec(name)?.[1] ?? Infinity);

/** Tells of a layer's output, and passes it on. */
function observed(name: string, rectified: boolean): Layer {
  return (output, { observe }) => {
    observe?.({ name, output, rectified });
    return output;
  };
}

function build(layer: ResolvedLayer, parameters: Parameters, channels: number): Layer {
  switch (layer.kind) {
    case 'conv2d':
      return conv2d(parameters, channels, layer.filters, layer);
    case 'depthwiseConv2d':
      return depthwiseConv2d(parameters, channels, 1, layer);
    case 'separableConv2d':
      return separableConv2d(parameters, channels, layer.filters, layer);
    case 'residualBlock':
      return residualBlock(parameters, channels, layer.filters, layer);
    case 'separableBlock':
      return separableBlock(parameters, channels, layer.filters, layer);
    case 'activation':
      return activation(layer.activation, layer.slope);
    case 'dense':
      return dense(parameters, channels, layer.units, layer);
    case 'maxPool2d':
      return maxPool2d(layer);
    case 'averagePool2d':
      return averagePool2d(layer);
    case 'globalAveragePool':
      return globalAveragePool();
    case 'flatten':
      return flatten();
    case 'batchNormalization':
      // A momentum that was given is gone by.
      return batchNormalization(parameters, channels, { warmUp: layer.momentum === undefined, ...layer });
    case 'dropout':
      return dropout(parameters, layer.rate);
  }
}
