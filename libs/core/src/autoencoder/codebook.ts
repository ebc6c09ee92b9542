import { tf, type Tensor } from '../engine';
import { uniform } from '../layers/initializers';
import type { Parameters } from '../layers/parameters';
import { differentiable, firstOrderOnly } from '../ops/gradient';
import type { Encoded } from './build';
import type { Codebook } from './spec';

/** Half the range in which code vectors lie at first. */
const FIRST_VALUES = 1;

/** Name of the weight that holds the code vectors: [groups, size, dimension]. */
export const CODE_VECTORS = 'codebook.vectors';

/**
 * Puts the nearest code vector in the place of each group of latent units (van den Oord et al., 2017). The latent's gradient passes
 * through as if nothing had happened; the code vectors are drawn to what they stand for, and the encoder's outputs to them.
 */
export function codebook(parameters: Parameters, latentSize: number, { size, dimension, commitment }: Codebook): (latent: Tensor) => Encoded {
  const groups = latentSize / dimension;
  const vectors = parameters.weight('vectors', [groups, size, dimension], uniform(FIRST_VALUES));
  return (latent) => {
    const given = latent.reshape([-1, groups, dimension]).transpose([1, 0, 2]);
    const chosen = nearest(given, vectors);
    const back = (of: Tensor): Tensor => of.transpose([1, 0, 2]).reshape([-1, latentSize]);
    return { latent: back(passThrough(given, vectors, chosen)), commitment: drawTogether(given, vectors, chosen, commitment) };
  };
}

/** [groups, batch, size]: 1 at the nearest code vector. It has no gradient. */
function nearest(given: Tensor, vectors: Tensor): Tensor {
  return tf().tidy(() => {
    const distances = vectors.square().sum(2).expandDims(1).sub(given.matMul<Tensor>(vectors, false, true).mul(2));
    return tf().oneHot(distances.argMin(2).cast('int32'), vectors.shape[1] as number).cast('float32');
  });
}

/** The code vectors that were chosen, with the gradient of what was given. */
function passThrough(given: Tensor, vectors: Tensor, chosen: Tensor): Tensor {
  return differentiable(
    [given],
    () => chosen.matMul<Tensor>(vectors),
    (dy) => [dy.clone()],
  );
}

/** Squared distance of what was given from the code vectors, a mean over the latent: [batch]. The code vectors' share has a weight of 1. */
function drawTogether(given: Tensor, vectors: Tensor, chosen: Tensor, commitment: number): Tensor {
  const numbers = given.shape[0] * (given.shape[2] as number);
  return differentiable(
    [given, vectors],
    (save) => {
      const difference = given.sub(chosen.matMul<Tensor>(vectors));
      save(difference, chosen);
      return difference.square().sum([0, 2]).mul((1 + commitment) / numbers);
    },
    (dy, saved) => {
      firstOrderOnly('the codebook');
      const [difference, choice] = saved as [Tensor, Tensor];
      const weighed = difference.mul(dy.mul(2 / numbers).reshape([1, -1, 1]));
      return [weighed.mul(commitment), choice.matMul<Tensor>(weighed, true).neg()];
    },
  );
}
