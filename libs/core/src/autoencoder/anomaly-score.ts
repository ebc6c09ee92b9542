import type { HostTensor } from '../tensor/host-tensor';
import { fitPca } from './pca';
import { kindOf, sizeOf, type AutoencoderSpec } from './spec';

/** What a model's errors and latents are like on examples that are as they should be. */
export interface Usual {
  /** Mean squared error of each number: [size]. */
  errors: Float32Array;
  /** [latent]. */
  mean: Float32Array;
  /** Directions of the latent, [directions, latent], orthonormal. */
  axes: Float32Array;
  /** The latent's variance along each. */
  variances: Float32Array;
  /** Mean square of an example's numbers: [1]. */
  energy: Float32Array;
}

/** Examples flat, images in 0..1, other data scaled; what the model made of them, on the same scale; and their latents. */
export interface Reconstructed {
  examples: Float32Array;
  reconstruction: Float32Array;
  latent: Float32Array;
}

/** Squared error that counts as nothing: a number that always came back right doesn't make an anomaly of a hair's difference. */
const FLOOR = 0.02;
/** Directions of the latent; what varies less than this share of the most is taken to vary so much. */
const MOST_AXES = 256;
const LEAST_SHARE = 1e-3;
/** Weight of the latent's distance beside the error's. */
const LATENT_WEIGHT = 0.5;
/** An image of little ink has little to get wrong: its error counts for more, by this power of its energy. */
const ENERGY_POWER = 0.35;

export function fitUsual(spec: AutoencoderSpec, { examples, reconstruction, latent }: Reconstructed): Usual {
  const size = sizeOf(spec);
  const counts = new Float64Array(size);
  const sums = new Float64Array(size);
  let [squares, there] = [0, 0];
  examples.forEach((value, at) => {
    if (Number.isNaN(value)) return;
    counts[at % size]! += 1;
    sums[at % size]! += ((reconstruction[at] as number) - value) ** 2;
    squares += value ** 2;
    there += 1;
  });
  const pca = fitPca(latent, spec.latentSize, Math.min(spec.latentSize, MOST_AXES));
  const variances = new Float64Array(pca.count);
  const rows = latent.length / spec.latentSize;
  for (let row = 0; row < rows; row += 1) along(pca.mean, pca.components, latent, row).forEach((value, axis) => (variances[axis]! += value ** 2 / rows));
  return {
    errors: Float32Array.from(sums, (sum, at) => (counts[at] ? sum / counts[at] : 0)),
    mean: pca.mean,
    axes: pca.components,
    variances: Float32Array.from(variances),
    energy: Float32Array.of(squares / there),
  };
}

/**
 * How unusual each example is: its squared errors, each measured by how large that number's usually is, and how far its latent lies from the
 * others (Mahalanobis' distance), as the likelihood under factor analysis has them (Rubin and Thayer, 1982). A usual example has about 1.5.
 */
export function anomalyScores(spec: AutoencoderSpec, usual: Usual, { examples, reconstruction, latent }: Reconstructed): Float32Array {
  const size = sizeOf(spec);
  const count = examples.length / size;
  const { errors, mean, axes, variances } = usual;
  const typical = Math.max(1e-6, errors.reduce((sum, error) => sum + error / (error + FLOOR), 0) / size);
  const least = Math.max(1e-9, LEAST_SHARE * variances.reduce((a, b) => Math.max(a, b), 0));
  const image = kindOf(spec) === 'image';
  return Float32Array.from({ length: count }, (_, row) => {
    let [error, energy, there] = [0, 0, 0];
    for (let at = 0; at < size; at += 1) {
      const value = examples[row * size + at] as number;
      if (Number.isNaN(value)) continue;
      error += ((reconstruction[row * size + at] as number) - value) ** 2 / ((errors[at] as number) + FLOOR);
      energy += value ** 2;
      there += 1;
    }
    // A black image has no energy at all: it counts as one of a hundredth of the usual.
    const ink = image ? Math.max(0.01, energy / there / Math.max(1e-9, usual.energy[0] as number)) ** ENERGY_POWER : 1;
    const distances = along(mean, axes, latent, row).map((value, axis) => value ** 2 / Math.max(least, variances[axis] as number));
    const distance = distances.reduce((a, b) => a + b, 0) / Math.max(1, distances.length);
    return error / there / typical / ink + LATENT_WEIGHT * distance;
  });
}

/** A latent's place along the axes. */
function along(mean: Float32Array, axes: Float32Array, latent: Float32Array, row: number): number[] {
  const units = mean.length;
  return Array.from({ length: axes.length / units }, (_, axis) => {
    let sum = 0;
    for (let unit = 0; unit < units; unit += 1) sum += (axes[axis * units + unit] as number) * ((latent[row * units + unit] as number) - (mean[unit] as number));
    return sum;
  });
}

/** As tensors, to be stored with a version; and back. */
export function usualToTensors({ errors, mean, axes, variances, energy }: Usual): Map<string, HostTensor> {
  const vector = (data: Float32Array): HostTensor => ({ dtype: 'float32', shape: [data.length], data });
  const matrix: HostTensor = { dtype: 'float32', shape: [variances.length, mean.length], data: axes };
  return new Map([['usual.errors', vector(errors)], ['usual.mean', vector(mean)], ['usual.axes', matrix], ['usual.variances', vector(variances)], ['usual.energy', vector(energy)]]);
}

export function usualFromTensors(tensors: ReadonlyMap<string, HostTensor>): Usual {
  const of = (name: string): Float32Array => tensors.get(`usual.${name}`)!.data as Float32Array;
  return { errors: of('errors'), mean: of('mean'), axes: of('axes'), variances: of('variances'), energy: of('energy') };
}
