import { conv2d } from '../../layers/convolution';
import type { Layer } from '../../layers/layer';
import type { Parameters } from '../../layers/parameters';
import { averagePool2d } from '../../layers/pool';
import { activation, residual, sequential } from '../../layers/sequential';
import { flatten, upsample2d } from '../../layers/shape';
import { pixelNormalization } from '../../layers/pixel-normalization';
import type { GanSpec } from '../spec';
import { crop, projection } from './convolutional';
import type { GanNetworks } from './network';

const HALVE = { size: 2, padding: 'same' } as const;

/** Residual blocks, each of which doubles or halves height and width: for images. */
export function residualNetworks(spec: GanSpec, inputs: number, generator: Parameters, discriminator: Parameters): GanNetworks {
  const filters = spec.architecture.kind === 'dense' ? [] : spec.architecture.filters;
  const [height, width, channels] = spec.exampleShape as [number, number, number];
  const half = (side: number): number => filters.reduce((left) => Math.ceil(left / 2), side);
  const deepest = filters.at(-1) as number;
  const start = [half(height), half(width), deepest];
  const { spectralNormalization } = spec;
  const down = (index: number, count: number): Layer => {
    const before = filters[index - 1] ?? channels;
    const at = (name: string): Parameters => discriminator.scope(`block${index}`).scope(name);
    const inner = [
      conv2d(at('first'), before, count, { activation: 'leakyRelu', spectralNormalization }),
      conv2d(at('second'), count, count, { spectralNormalization }),
      averagePool2d(HALVE),
    ];
    const shortcut = sequential(averagePool2d(HALVE), conv2d(at('shortcut'), before, count, { kernelSize: 1, bias: false, spectralNormalization }));
    return residual(sequential(...(index > 0 ? [activation('leakyRelu')] : []), ...inner), shortcut);
  };
  const up = (index: number): Layer => {
    const [before, count] = [filters.at(-1 - index) as number, filters.at(-2 - index) ?? (filters[0] as number)];
    const at = (name: string): Parameters => generator.scope(`block${index}`).scope(name);
    const inner = [
      upsample2d(),
      conv2d(at('first'), before, count, { activation: 'leakyRelu' }),
      pixelNormalization(),
      conv2d(at('second'), count, count),
    ];
    const shortcut = sequential(conv2d(at('shortcut'), before, count, { kernelSize: 1, bias: false }), upsample2d());
    return residual(sequential(...inner), shortcut);
  };
  return {
    generator: sequential(
      projection(generator, inputs, start),
      ...filters.map((_, index) => up(index)),
      activation('leakyRelu'),
      pixelNormalization(),
      conv2d(generator.scope('output'), filters[0] as number, channels),
      crop(spec.exampleShape),
    ),
    features: sequential(...filters.map((count, index) => down(index, count)), activation('leakyRelu'), flatten()),
    featureCount: start.reduce((a, b) => a * b, 1),
  };
}
