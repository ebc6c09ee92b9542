import { scoped, tf, type Tensor } from '../engine';
import { FLOAT, rawOps } from '../ops/raw';

/** A unit whose value varies less than this says nothing of its input (Burda et al., 2016). */
const ACTIVE_VARIANCE = 0.01;

export interface LatentReport {
  /** How many directions the latent spreads over: (sum of its covariance's eigenvalues)^2 / sum of their squares. */
  rank: number;
  /** Units of a variance above 0.01. */
  activeUnits: number;
  /** Variance of each unit. */
  variances: Float32Array;
}

/** @param latent [examples, latentSize], row-major. */
export function describeLatent(latent: Float32Array, latentSize: number): LatentReport {
  return scoped(() => {
    const all = tf().tensor2d(latent, [latent.length / latentSize, latentSize]);
    const centred = all.sub(all.mean(0));
    const covariance = centred.matMul<Tensor>(centred, true).div(Math.max(1, latent.length / latentSize));
    const trace = centred.square().mean(0);
    const variances = trace.dataSync<'float32'>().slice();
    // The sum of the squared eigenvalues is the squared Frobenius norm.
    const squares = covariance.square().sum().dataSync()[0] ?? 0;
    const sum = variances.reduce((total, variance) => total + variance, 0);
    return { rank: squares > 0 ? sum ** 2 / squares : 0, activeUnits: variances.filter((variance) => variance > ACTIVE_VARIANCE).length, variances };
  });
}

/** Indices of the nearest points, by Euclidean distance, nearest first; equal distances in the order of their indices. */
export interface Nearest {
  /** [queries, k]. */
  indices: Int32Array;
  /** [queries, k]. */
  distances: Float32Array;
}

/** Queries of one product: with 60,000 points, 60 MB of distances. */
const QUERIES = 256;

/** An exact search: every query against every point. @param points [points, size]. @param queries [queries, size]. */
export function nearestPoints(points: Float32Array, queries: Float32Array, size: number, k: number): Nearest {
  const [count, wanted] = [points.length / size, queries.length / size];
  const found = Math.min(k, count);
  const result: Nearest = { indices: new Int32Array(wanted * found), distances: new Float32Array(wanted * found) };
  scoped(() => {
    const all = tf().tensor2d(points, [count, size]);
    const norms = all.square().sum(1);
    for (let first = 0; first < wanted; first += QUERIES) {
      tf().tidy(() => {
        const some = queries.subarray(first * size, (first + QUERIES) * size);
        const queried = tf().tensor2d(some, [some.length / size, size]);
        // |q - p|^2 without |q|^2, which is the same for all points.
        const closeness = queried.matMul<Tensor>(all, false, true).mul(2).sub(norms);
        const [values, indices] = rawOps('TopKV2', [closeness, tf().scalar(found, 'int32')], { T: FLOAT, sorted: { bool: true }, Tk: { type: 3 }, index_type: { type: 3 } }, 2) as [Tensor, Tensor];
        const squares = queried.square().sum(1, true).sub(values).maximum(0);
        result.indices.set(indices.dataSync<'int32'>(), first * found);
        result.distances.set(squares.sqrt().dataSync<'float32'>(), first * found);
      });
    }
  });
  return result;
}

/** Share of the queries whose k nearest points are of their class by majority; of classes as frequent, that of the nearest wins. */
export function nearestAccuracy(points: Float32Array, labels: ArrayLike<number>, queries: Float32Array, truth: ArrayLike<number>, size: number, k = 5): number {
  const { indices } = nearestPoints(points, queries, size, k);
  const found = Math.min(k, points.length / size);
  let right = 0;
  for (let query = 0; query < truth.length; query += 1) {
    const votes = new Map<number, number>();
    for (const index of indices.subarray(query * found, (query + 1) * found)) votes.set(labels[index] as number, (votes.get(labels[index] as number) ?? 0) + 1);
    // Map keeps the order of insertion, and a later class must have more votes to win.
    let best: [number, number] = [-1, 0];
    for (const vote of votes) if (vote[1] > best[1]) best = vote;
    if (best[0] === truth[query]) right += 1;
  }
  return right / truth.length;
}
