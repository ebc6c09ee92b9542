import { tf, type Tensor } from '../engine';
import type { Layer } from '../layers/layer';
import type { Parameters } from '../layers/parameters';
import { deriveSeed, statelessUniform } from '../random';

/** In training blackens a rectangle of each image somewhere, of this share of its sides (DeVries and Taylor, 2017): [batch, height, width, channels]. */
export function cutout(parameters: Parameters, share: number): Layer {
  return (x, { training, random }) => {
    if (!training || !random) return x;
    const [batch, height, width] = x.shape as [number, number, number];
    const draws = tf().unstack(statelessUniform([2, batch, 1], deriveSeed(random.seed, parameters.prefix, 'cutout'), random.step)) as [Tensor, Tensor];
    const within = (centre: Tensor, side: number): Tensor => tf().range(0, side).add(0.5).sub(centre.mul(side)).abs().less((share * side) / 2).cast('float32');
    const hole = within(draws[0], height).reshape([batch, height, 1, 1]).mul(within(draws[1], width).reshape([batch, 1, width, 1]));
    return x.mul(hole.neg().add(1));
  };
}
