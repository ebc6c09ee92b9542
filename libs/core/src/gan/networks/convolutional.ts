import { conv1d, conv1dTranspose, conv2d, conv2dTranspose, conv3d, conv3dTranspose } from '../../layers/convolution';
import { dense } from '../../layers/dense';
import type { Layer } from '../../layers/layer';
import type { Parameters } from '../../layers/parameters';
import { activation, sequential } from '../../layers/sequential';
import { flatten, reshape } from '../../layers/shape';
import { pixelNormalization } from '../../layers/pixel-normalization';
import type { GanSpec } from '../spec';
import type { GanNetworks } from './network';

/** By the example's axes besides its channels: sound, images, video. */
const KINDS = {
  1: { down: conv1d, up: conv1dTranspose, options: { kernelSize: 25, stride: 4 } },
  2: { down: conv2d, up: conv2dTranspose, options: { kernelSize: 4, stride: 2 } },
  3: { down: conv3d, up: conv3dTranspose, options: { kernelSize: 4, stride: 2 } },
} as const;

/** Strided convolutions, transposed in the generator. */
export function convolutionalNetworks(spec: GanSpec, inputs: number, generator: Parameters, discriminator: Parameters): GanNetworks {
  const filters = spec.architecture.kind === 'dense' ? [] : spec.architecture.filters;
  const sides = spec.exampleShape.slice(0, -1);
  const channels = spec.exampleShape.at(-1) as number;
  const { down, up, options } = KINDS[sides.length as keyof typeof KINDS];
  const smallest = sides.map((side) => filters.reduce((left) => Math.ceil(left / options.stride), side));
  const deepest = filters.at(-1) as number;
  const start = [...smallest, deepest];
  const { spectralNormalization } = spec;
  const rising = filters.slice(0, -1).reverse();
  return {
    generator: sequential(
      projection(generator, inputs, start),
      ...rising.flatMap((count, index) => [up(generator.scope(`up${index}`), filters.at(-1 - index) as number, count, { ...options, activation: 'leakyRelu' }), pixelNormalization()]),
      up(generator.scope('output'), filters[0] as number, channels, options),
      crop(spec.exampleShape),
    ),
    features: sequential(
      ...filters.map((count, index) => down(discriminator.scope(`down${index}`), filters[index - 1] ?? channels, count, { ...options, activation: 'leakyRelu', spectralNormalization })),
      flatten(),
    ),
    featureCount: start.reduce((a, b) => a * b, 1),
  };
}

/** The latent as the smallest map. */
export function projection(parameters: Parameters, inputs: number, shape: readonly number[]): Layer {
  const flat = shape.reduce((a, b) => a * b, 1);
  return sequential(dense(parameters.scope('projection'), inputs, flat), reshape(...shape), activation('leakyRelu'), pixelNormalization());
}

/** Dividing a side rounds up: what is multiplied again may be a little too large. */
export function crop(shape: readonly number[]): Layer {
  return (x) => (shape.every((side, axis) => x.shape[axis + 1] === side) ? x : x.slice(new Array<number>(x.rank).fill(0), [x.shape[0], ...shape]));
}
