import { fitPca } from '@quartet/core';

/** The plane in which a version's latents spread most. Plain JSON. */
export interface Projection {
  /** [latent]. */
  mean: number[];
  /** Two directions, [2][latent]; zeros where there are fewer. */
  axes: number[][];
  /** Share of the latents' variance along each. */
  explained: number[];
  /** Training examples in the plane, [x, y], from the first on. */
  points: [number, number][];
  labels: number[];
}

/** Training examples that a picture shows. */
const MOST_POINTS = 2000;

/** Fits the plane to the training examples' latents. @param latents [examples, latentSize]. */
export function fitProjection(latents: Float32Array, latentSize: number, labels: ArrayLike<number>): Projection {
  const { mean, components, count } = fitPca(latents, latentSize, 2);
  const axis = (index: number): number[] => (index < count ? [...components.subarray(index * latentSize, (index + 1) * latentSize)] : new Array<number>(latentSize).fill(0));
  const plane = { mean: [...mean], axes: [axis(0), axis(1)] };
  const examples = latents.length / latentSize;
  const along = [0, 0];
  let all = 0;
  for (let row = 0; row < examples; row += 1) {
    const latent = latents.subarray(row * latentSize, (row + 1) * latentSize);
    project(plane, latent).forEach((value, index) => (along[index]! += value ** 2));
    latent.forEach((value, unit) => (all += (value - mean[unit]!) ** 2));
  }
  const shown = Math.min(examples, MOST_POINTS);
  const points = Array.from({ length: shown }, (_, row) => project(plane, latents.subarray(row * latentSize, (row + 1) * latentSize)).map(Math.fround) as [number, number]);
  return { ...plane, explained: along.map((sum) => (all > 0 ? sum / all : 0)), points, labels: Array.from({ length: shown }, (_, row) => labels[row]!) };
}

/** A latent's place in the plane. */
export function project({ mean, axes }: Pick<Projection, 'mean' | 'axes'>, latent: ArrayLike<number>): [number, number] {
  return axes.map((axis) => axis.reduce((sum, weight, unit) => sum + weight * (latent[unit]! - mean[unit]!), 0)) as [number, number];
}
