import { tf, type Tensor } from '../engine';
import { augmentation } from '../layers/augment';
import { dense } from '../layers/dense';
import { embedding } from '../layers/embedding';
import { normal } from '../layers/initializers';
import type { ForwardContext, Layer, NamedVariable } from '../layers/layer';
import { gaussianNoise } from '../layers/noise';
import { Parameters } from '../layers/parameters';
import { sequential } from '../layers/sequential';
import { sigmoid, tanh } from '../ops/activations';
import { logSumExp } from '../ops/log-sum-exp';
import type { Seed } from '../random';
import { cutout } from './cutout';
import { minibatchDeviation } from './minibatch-deviation';
import { convolutionalNetworks } from './networks/convolutional';
import { denseNetworks } from './networks/dense';
import type { GanNetworks } from './networks/network';
import { residualNetworks } from './networks/residual';
import type { GanSpec } from './spec';

/** What a discriminator says of examples. */
export interface Judgement {
  /** [batch]: the higher, the more like real ones. */
  score: Tensor;
  /** [batch, features]: its last hidden layer. */
  features: Tensor;
  /** [batch, classes], of a semi-supervised one. */
  classLogits?: Tensor;
}

/** A generator and its discriminator, with their weights in TensorFlow's memory until `dispose`. */
export interface Gan {
  readonly spec: GanSpec;
  /** Names begin with `generator.` or `discriminator.`. */
  readonly weights: readonly NamedVariable[];
  readonly generatorWeights: readonly NamedVariable[];
  readonly discriminatorWeights: readonly NamedVariable[];
  /** @param z [batch, latent]. @param classes [batch], int32; of a conditional one. @returns [batch, ...exampleShape], in the data's own scale. */
  generate(z: Tensor, classes?: Tensor, context?: ForwardContext): Tensor;
  /** @param x [batch, ...exampleShape], in the data's own scale. @param classes [batch], int32; of a conditional one. */
  judge(x: Tensor, classes?: Tensor, context?: ForwardContext): Judgement;
  dispose(): void;
}

const INFERENCE: ForwardContext = { training: false };

/** Builds a fresh GAN: equal specs and seeds give equal weights. */
export function buildGan(spec: GanSpec, seed: Seed): Gan {
  const parameters = new Parameters(seed);
  const [g, d] = [parameters.scope('generator'), parameters.scope('discriminator')];
  const conditional = spec.mode === 'conditional';
  const networks = networksOf(spec, spec.latentSize + (conditional ? spec.classes : 0), g, d);
  const { spectralNormalization } = spec;
  const classify = spec.mode === 'semiSupervised' ? dense(d.scope('classes'), networks.featureCount, spec.classes, { spectralNormalization }) : undefined;
  const judge = classify ? undefined : dense(d.scope('score'), networks.featureCount, 1, { spectralNormalization });
  const project = conditional ? embedding(d.scope('projection'), spec.classes, networks.featureCount, normal(1 / Math.sqrt(networks.featureCount))) : undefined;
  const deviation = spec.minibatchDeviation ? minibatchDeviation(d.scope('minibatch')) : undefined;
  const blur: Layer = spec.featureNoise ? gaussianNoise(d.scope('features'), spec.featureNoise) : sequential();
  const disturb = disturbance(spec, d);
  const { toNetwork, fromNetwork } = scaleOf(spec);
  return {
    spec,
    weights: parameters.all,
    generatorWeights: parameters.all.filter(({ name }) => name.startsWith(g.prefix)),
    discriminatorWeights: parameters.all.filter(({ name }) => name.startsWith(d.prefix)),
    generate(z, classes, context = INFERENCE) {
      // As long as a latent is on average: the class has as much to say as all of it.
      const given = conditional ? tf().concat([z, tf().oneHot(classes as Tensor, spec.classes).cast('float32').mul(Math.sqrt(spec.latentSize))], 1) : z;
      return fromNetwork(networks.generator(given, context));
    },
    judge(x, classes, context = INFERENCE) {
      const features = networks.features(toNetwork(disturb(x, context)), context);
      // Salimans et al.: real in so far as it is of some class at all.
      const blurred = blur(features, context);
      const classLogits = classify?.(blurred, context);
      let score = classLogits ? logSumExp(classLogits) : (judge as Layer)(blurred, context);
      if (project) score = score.add(features.mul(project(classes as Tensor, context)).sum(1, true));
      if (deviation) score = score.add(deviation(features, context));
      return { score: score.reshape([-1]), features, classLogits };
    },
    dispose: () => parameters.dispose(),
  };
}

function networksOf(spec: GanSpec, inputs: number, generator: Parameters, discriminator: Parameters): GanNetworks {
  if (spec.architecture.kind === 'dense') return denseNetworks(spec, inputs, generator, discriminator);
  const make = spec.architecture.kind === 'residual' ? residualNetworks : convolutionalNetworks;
  return make(spec, inputs, generator, discriminator);
}

/** What happens to examples in training before the discriminator sees them. */
function disturbance({ augmentation: changes, instanceNoise }: GanSpec, parameters: Parameters): Layer {
  const layers: Layer[] = [];
  const { shift = 0, flip = false, rotation = 0, zoom = 0 } = changes ?? {};
  if (shift > 0 || flip || rotation > 0 || zoom > 0) layers.push(augmentation(parameters.scope('augmentation'), { shift, flip, rotation, zoom }));
  if (changes && changes.cutout > 0) layers.push(cutout(parameters.scope('cutout'), changes.cutout));
  if (instanceNoise > 0) layers.push(gaussianNoise(parameters.scope('noise'), instanceNoise));
  return sequential(...layers);
}

/** Between the data's scale and that of the networks: -1..1, or of a table's columns mean 0 and deviation 1. */
function scaleOf({ exampleShape, columns }: GanSpec): Record<'toNetwork' | 'fromNetwork', (x: Tensor) => Tensor> {
  if (exampleShape.length === 1) {
    if (!columns) return { toNetwork: (x) => x, fromNetwork: (x) => x };
    const [mean, deviation] = [() => tf().tensor1d(columns.mean), () => tf().tensor1d(columns.standardDeviation)];
    return { toNetwork: (x) => x.sub(mean()).div(deviation()), fromNetwork: (x) => x.mul(deviation()).add(mean()) };
  }
  if (exampleShape.length === 2) return { toNetwork: (x) => x, fromNetwork: tanh };
  return { toNetwork: (x) => x.mul(2).sub(1), fromNetwork: sigmoid };
}
