import { scoped, tf, type Tensor } from '../engine';
import { FLOAT, rawOps } from '../ops/raw';
import { statelessNormal } from '../random';

/** Directions beyond those asked for, and rounds of iteration: the subspace is then exact to about 1e-4 of its variance. */
const OVERSAMPLING = 10;
const ROUNDS = 8;
/** Of so many directions, what a round more would add is small beside what they hold, and a round takes seconds. */
const MANY = 512;
const ROUNDS_OF_MANY = 3;

/** The best linear autoencoder of a size: what a non-linear one has to beat. */
export interface Pca {
  /** [size]. */
  mean: Float32Array;
  /** [components, size], orthonormal rows, those of the most variance first. */
  components: Float32Array;
  count: number;
}

/**
 * Principal components by subspace iteration (Halko, Martinsson and Tropp, 2011).
 *
 * @param data [examples, size], row-major. @param components At most `size` and the count of examples; more are not there.
 */
export function fitPca(data: Float32Array, size: number, components: number): Pca {
  const examples = data.length / size;
  const count = Math.min(components, size, examples);
  const width = Math.min(count + OVERSAMPLING, size, examples);
  // A basis of all that the examples span has nothing to be improved.
  const rounds = width === Math.min(size, examples) ? 1 : width > MANY ? ROUNDS_OF_MANY : ROUNDS;
  return scoped(() => {
    const all = tf().tensor2d(data, [examples, size]);
    const mean = all.mean(0);
    const centred = all.sub(mean);
    let basis: Tensor = orthonormal(statelessNormal([size, width], 0, 0));
    for (let round = 0; round < rounds; round += 1) basis = tf().tidy(() => orthonormal(centred.matMul<Tensor>(centred.matMul<Tensor>(basis), true)));
    // Within the subspace, the directions in the order of their variance.
    const projected = centred.matMul<Tensor>(basis);
    const [, , rotation] = rawOps('Svd', [projected.matMul<Tensor>(projected, true)], { T: FLOAT, compute_uv: { bool: true }, full_matrices: { bool: false } }, 3) as [Tensor, Tensor, Tensor];
    const ordered = basis.matMul<Tensor>(rotation).transpose().slice([0, 0], [count, size]);
    return { mean: mean.dataSync<'float32'>().slice(), components: ordered.dataSync<'float32'>().slice(), count };
  });
}

/** Examples after projection onto the components: [examples, size]. @param cut To 0..1, as images are. */
export function reconstructByPca({ mean, components, count }: Pca, data: Float32Array, cut = true): Float32Array {
  const size = mean.length;
  return scoped(() => {
    const directions = tf().tensor2d(components, [count, size]);
    const centre = tf().tensor1d(mean);
    const centred = tf().tensor2d(data, [data.length / size, size]).sub(centre);
    const rebuilt = centred.matMul<Tensor>(directions, false, true).matMul<Tensor>(directions).add(centre);
    return (cut ? rebuilt.clipByValue(0, 1) : rebuilt).dataSync<'float32'>().slice();
  });
}

const orthonormal = (columns: Tensor): Tensor => rawOps('Qr', [columns], { T: FLOAT, full_matrices: { bool: false } }, 2)[0] as Tensor;
