import { dropout as drop } from '../ops/dropout';
import { deriveSeed, statelessNormal } from '../random';
import type { Layer } from './layer';
import type { Parameters } from './parameters';

/** In training sets a share `rate` of its inputs to 0 and scales the rest by 1 / (1 - rate). @param rate 0 to 0.95. */
export function dropout(parameters: Parameters, rate: number): Layer {
  return (x, { training, random }) => (training && random ? drop(x, rate, deriveSeed(random.seed, parameters.prefix, 'dropout'), random.step) : x);
}

/** In training adds normal noise. */
export function gaussianNoise(parameters: Parameters, deviation: number): Layer {
  return (x, { training, random }) =>
    training && random ? x.add(statelessNormal(x.shape, deriveSeed(random.seed, parameters.prefix, 'noise'), random.step).mul(deviation)) : x;
}
