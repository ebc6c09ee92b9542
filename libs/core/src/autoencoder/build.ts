import type { Tensor } from '../engine';
import { conv2d, conv2dTranspose } from '../layers/convolution';
import { dense } from '../layers/dense';
import { smallOutput } from '../layers/initializers';
import type { ForwardContext, Layer, NamedVariable } from '../layers/layer';
import { dropout } from '../layers/noise';
import { Parameters } from '../layers/parameters';
import { sequential } from '../layers/sequential';
import { flatten, reshape } from '../layers/shape';
import type { Seed } from '../random';
import { codebook } from './codebook';
import { present } from './presence';
import { recurrentHalves } from './recurrent';
import { kindOf, sizeOf, type AutoencoderSpec } from './spec';

export interface Encoded {
  /** [batch, latent]; of a variational one, the mean; of one with a codebook, its code vectors. */
  latent: Tensor;
  /** [batch, latent], of a variational one. */
  logVariance?: Tensor;
  /** [batch], of one with a codebook: what its training adds to the loss. */
  commitment?: Tensor;
}

/** An autoencoder, by its two halves. */
export interface Autoencoder {
  readonly spec: AutoencoderSpec;
  readonly weights: readonly NamedVariable[];
  /** @param x [batch, ...inputShape]: images in 0..1; rows and series scaled. */
  encode(x: Tensor, context?: ForwardContext): Encoded;
  /** [batch, latent] -> [batch, ...inputShape]: logits, which `toExamples` makes examples of. */
  decode(latent: Tensor, context?: ForwardContext): Tensor;
  /** Images: the logits' sigmoid. Rows and series: the logits themselves, on their scale. */
  toExamples(logits: Tensor): Tensor;
  dispose(): void;
}

const INFERENCE: ForwardContext = { training: false };

/** Builds a fresh autoencoder: equal specs and seeds give equal weights. */
export function buildAutoencoder(spec: AutoencoderSpec, seed: Seed): Autoencoder {
  const parameters = new Parameters(seed);
  const image = kindOf(spec) === 'image';
  const { body, decoder, features } = HALVES[spec.architecture.kind](spec, parameters);
  const mean = dense(parameters.scope('latent'), features, spec.latentSize);
  // Small at first, so that the first variances are near 1.
  const logVariance = spec.variational && dense(parameters.scope('log_variance'), features, spec.latentSize, { initializer: smallOutput });
  const quantize = spec.codebook && codebook(parameters.scope('codebook'), spec.latentSize, spec.codebook);
  return {
    spec,
    weights: parameters.all,
    encode(x, context = INFERENCE) {
      const hidden = body(x, context);
      const latent = mean(hidden, context);
      return quantize ? quantize(latent) : { latent, logVariance: logVariance?.(hidden, context) };
    },
    decode: (latent, context = INFERENCE) => decoder(latent, context),
    toExamples: (logits) => (image ? logits.sigmoid() : logits),
    dispose: () => parameters.dispose(),
  };
}

export interface Halves {
  /** Up to the last hidden layer, of `features` units. */
  body: Layer;
  features: number;
  decoder: Layer;
}

/** ReLU layers of the given units, with dropout after each where it is wanted. */
function hiddenLayers(parameters: Parameters, inputs: number, units: readonly number[], rate = 0): Layer[] {
  return units.flatMap((size, index) => {
    const scope = parameters.scope(index);
    const layer = dense(scope, units[index - 1] ?? inputs, size, { activation: 'relu' });
    return rate > 0 ? [layer, dropout(scope, rate)] : [layer];
  });
}

const HALVES: Record<AutoencoderSpec['architecture']['kind'], (spec: AutoencoderSpec, parameters: Parameters) => Halves> = {
  dense: denseHalves,
  convolutional: convolutionalHalves,
  recurrent: recurrentHalves,
};

function denseHalves(spec: AutoencoderSpec, parameters: Parameters): Halves {
  const units = spec.architecture.kind === 'dense' ? spec.architecture.units : [];
  const size = sizeOf(spec);
  const back = [...units].reverse();
  return {
    body: sequential(present, flatten(), ...hiddenLayers(parameters.scope('encoder'), size, units, spec.dropout)),
    features: units.at(-1) ?? size,
    decoder: sequential(
      ...hiddenLayers(parameters.scope('decoder'), spec.latentSize, back),
      dense(parameters.scope('output'), back.at(-1) ?? spec.latentSize, size),
      reshape(...spec.inputShape),
    ),
  };
}

function convolutionalHalves(spec: AutoencoderSpec, parameters: Parameters): Halves {
  const { filters, kernelSize, units } = spec.architecture as Extract<AutoencoderSpec['architecture'], { kind: 'convolutional' }>;
  const [height, width, channels] = spec.inputShape as [number, number, number];
  const half = (side: number): number => filters.reduce((left) => Math.ceil(left / 2), side);
  const smallest = [half(height), half(width), filters.at(-1) as number];
  const flat = smallest.reduce((a, b) => a * b, 1);
  const hidden = units > 0 ? [units] : [];
  const options = { kernelSize, stride: 2, activation: 'relu' as const };
  const [encoder, decoder] = [parameters.scope('encoder'), parameters.scope('decoder')];
  const down = filters.map((count, index) => conv2d(encoder.scope(`conv${index}`), filters[index - 1] ?? channels, count, options));
  // Mirrored: the last but one has the first convolution's filters.
  const up = filters.slice(0, -1).reverse();
  return {
    body: sequential(...down, flatten(), ...hiddenLayers(encoder, flat, hidden, spec.dropout)),
    features: hidden[0] ?? flat,
    decoder: sequential(
      ...hiddenLayers(decoder, spec.latentSize, [...hidden, flat]),
      reshape(...smallest),
      ...up.map((count, index) => conv2dTranspose(decoder.scope(`conv${index}`), filters.at(-1 - index) as number, count, options)),
      conv2dTranspose(parameters.scope('output'), filters[0] as number, channels, { kernelSize, stride: 2 }),
      crop(height, width, channels),
    ),
  };
}

/** Halving rounds up: what is doubled again may be a little too large. */
function crop(height: number, width: number, channels: number): Layer {
  return (x) => (x.shape[1] === height && x.shape[2] === width ? x : x.slice([0, 0, 0, 0], [x.shape[0], height, width, channels]));
}
