import { tf, type Rank, type Tensor, type TF } from '../engine';
import { deriveSeed, type Seed } from '../random';
import { biasAdd } from '../ops/bias-add';
import { dropout } from '../ops/dropout';
import { relu } from '../ops/relu';
import type { NamedVariable } from '../layers/layer';
import { Network, type Stage } from './network';
import { planNetwork, type ResolvedLayer } from './plan';
import type { Activation, NetworkSpec, Normalization } from './spec';
import { validateNetworkSpec } from './validate';

type Layer = InstanceType<TF['layers']['Layer']>;

const LEAKY_SLOPE = 0.2;
/** Keras' defaults. */
const BATCH_NORMALIZATION = { momentum: 0.99, epsilon: 0.001 };

/**
 * Builds the network with fresh weights, which depend on the seed alone: He's normal initialization before ReLU and its
 * kin (He et al., 2015), Glorot's uniform one elsewhere (Glorot and Bengio, 2010); biases 0.
 *
 * @throws CoreError INVALID_FIELD or LIMIT_EXCEEDED, naming the layer; see validateNetworkSpec and planNetwork.
 */
export function buildNetwork(spec: NetworkSpec, seed: Seed): Network {
  validateNetworkSpec(spec);
  const plan = planNetwork(spec);
  const weights: NamedVariable[] = [];

  const add = (layer: Layer, name: string, inputShape: number[]): Stage => {
    layer.build([null, ...inputShape]);
    weights.push(...namedVariables(layer, name));
    return (x, { training }) => layer.apply(x, { training }) as Tensor;
  };

  const stages: Stage[] = spec.normalization ? [normalize(spec.normalization)] : [];
  let shape = spec.inputShape;
  for (const [index, { layer, outputShape }] of plan.layers.entries()) {
    const name = `layers.${index}`;
    if (layer.kind === 'dropout') {
      stages.push((x, { training, random }) =>
        training && random ? dropout(x, layer.rate, deriveSeed(random.seed, name, 'dropout'), random.step) : x,
      );
    } else {
      stages.push(...stagesOf(layer, deriveSeed(seed, name, 'kernel'), (made) => add(made, name, shape)));
      stages.push(observed(name, 'activation' in layer && layer.activation === 'relu'));
    }
    shape = outputShape;
  }
  if (shape.length > 1) stages.push(add(tf().layers.flatten(), 'flatten', shape));
  const logits = tf().layers.dense({ units: spec.classes, kernelInitializer: initializer('linear', deriveSeed(seed, 'logits', 'kernel')) });
  add(logits, 'logits', [plan.embeddingSize]);
  const product = affine(logits, (x, kernel) => x.matMul(kernel));
  const tell = observed('logits', false);
  const classify: Stage = (x, context) => tell(product(x, context), context);
  return new Network(spec, plan, weights, stages, classify);
}

/** Tells of a layer's output, and passes it on. */
function observed(name: string, rectified: boolean): Stage {
  return (output, { observe }) => {
    observe?.({ name, output, rectified });
    return output;
  };
}

function stagesOf(
  layer: Exclude<ResolvedLayer, { kind: 'dropout' }>,
  seed: number,
  add: (layer: Layer) => Stage,
): Stage[] {
  const { layers } = tf();
  switch (layer.kind) {
    case 'conv2d': {
      const { filters, kernelSize, stride, padding, activation } = layer;
      const made = layers.conv2d({ filters, kernelSize, kernelInitializer: initializer(activation, seed) });
      add(made);
      const convolve = affine(made, (x, kernel) => tf().conv2d(x as Tensor<Rank.R4>, kernel as Tensor<Rank.R4>, stride, padding));
      return [convolve, ...ACTIVATIONS[activation]];
    }
    case 'dense': {
      const { units, activation } = layer;
      const made = layers.dense({ units, kernelInitializer: initializer(activation, seed) });
      add(made);
      return [affine(made, (x, kernel) => x.matMul(kernel)), ...ACTIVATIONS[activation]];
    }
    case 'maxPool2d':
      return [add(layers.maxPooling2d({ poolSize: layer.size, strides: layer.stride }))];
    case 'averagePool2d':
      return [add(layers.averagePooling2d({ poolSize: layer.size, strides: layer.stride }))];
    case 'globalAveragePool':
      return [add(layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }))];
    case 'flatten':
      return [add(layers.flatten())];
    case 'batchNormalization':
      return [add(layers.batchNormalization(BATCH_NORMALIZATION))];
  }
}

const ACTIVATIONS: Readonly<Record<Activation, Stage[]>> = {
  linear: [],
  relu: [relu],
  leakyRelu: [(x) => tf().leakyRelu(x, LEAKY_SLOPE)],
  elu: [(x) => tf().elu(x)],
  tanh: [(x) => tf().tanh(x)],
  sigmoid: [(x) => tf().sigmoid(x)],
};

/**
 * A product with the layer's kernel, then its bias. tfjs-layers' own call fuses the two, and then computes in training
 * the gradient of the first layer's input too, which nobody needs.
 */
function affine(layer: Layer, product: (x: Tensor, kernel: Tensor) => Tensor): Stage {
  const [kernel, bias] = layer.weights.map((weight) => weight.read()) as [Tensor, Tensor];
  return (x) => biasAdd(product(x, kernel), bias);
}

function initializer(activation: Activation, seed: number) {
  const { initializers } = tf();
  return activation === 'relu' || activation === 'leakyRelu' || activation === 'elu'
    ? initializers.heNormal({ seed })
    : initializers.glorotUniform({ seed });
}

function normalize({ mean, standardDeviation }: Normalization): Stage {
  return (x) => x.sub(tf().tensor1d(mean)).div(tf().tensor1d(standardDeviation));
}

function namedVariables(layer: Layer, name: string): NamedVariable[] {
  const trainable = new Set(layer.trainableWeights);
  return layer.weights.map((weight) => ({
    // tfjs-layers names a weight `conv2d_Conv2D1/kernel`; its last part is the stable one.
    name: `${name}.${weight.originalName.split('/').at(-1) ?? ''}`,
    variable: weight.read() as NamedVariable['variable'],
    trainable: trainable.has(weight),
  }));
}
