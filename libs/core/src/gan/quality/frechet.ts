import { scoped, tf, type Tensor } from '../../engine';
import { FLOAT, rawOps } from '../../ops/raw';

/**
 * Fréchet distance of two sets of features, each taken for a Gaussian (Dowson and Landau, 1982; Heusel et al., 2017, for GANs):
 * |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), of at least 0.
 *
 * @param real [count, size], row-major. @param fake [count, size].
 */
export function frechetDistance(real: Float32Array, fake: Float32Array, size: number): number {
  return scoped(() => {
    const [a, b] = [moments(real, size), moments(fake, size)];
    const root = squareRoot(a.covariance);
    // C1 C2 has the eigenvalues of the symmetric C1^(1/2) C2 C1^(1/2).
    const eigenvalues = eigen(root.matMul<Tensor>(b.covariance).matMul(root))[0];
    const trace = (matrix: Tensor): Tensor => matrix.mul(tf().eye(size)).sum();
    const between = eigenvalues.maximum(0).sqrt().sum().mul(2);
    const distance = a.mean.sub(b.mean).square().sum().add(trace(a.covariance)).add(trace(b.covariance)).sub(between);
    return Math.max(0, distance.dataSync()[0] ?? NaN);
  });
}

function moments(features: Float32Array, size: number): { mean: Tensor; covariance: Tensor } {
  const count = features.length / size;
  const all = tf().tensor2d(features, [count, size]);
  const mean = all.mean(0);
  const centred = all.sub(mean);
  return { mean, covariance: centred.matMul<Tensor>(centred, true).div(Math.max(1, count - 1)) };
}

/** Of a symmetric matrix with eigenvalues of at least 0. */
function squareRoot(matrix: Tensor): Tensor {
  const [values, vectors] = eigen(matrix);
  return vectors.mul(values.maximum(0).sqrt()).matMul(vectors, false, true);
}

function eigen(matrix: Tensor): [values: Tensor, vectors: Tensor] {
  return rawOps('SelfAdjointEigV2', [matrix], { T: FLOAT, compute_v: { bool: true } }, 2) as [Tensor, Tensor];
}
