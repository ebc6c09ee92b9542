import { tf, type Tensor } from '../engine';
import { FLOAT, rawOp, rawOps } from '../ops/raw';
import { statelessNormal, statelessTruncatedNormal, statelessUniform } from '../random';
import type { Activation } from './activation';
import type { Initializer } from './parameters';

/** Standard deviation of a normal of deviation 1 that is cut off at two deviations. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

export const zeros: Initializer = (shape) => tf().zeros(shape);
export const ones: Initializer = (shape) => tf().ones(shape);
export const constant = (value: number): Initializer => (shape) => tf().fill(shape, value);

/** Normal, cut off at two deviations, of variance 2 / fanIn: for ReLU and its kin (He et al., 2015). */
export const heNormal: Initializer = (shape, seed) => truncatedNormal(shape, seed, Math.sqrt(2 / fans(shape).in));

/** As heNormal, of a depthwise kernel [...window, channels, multiplier]: an output sees the window of one channel. */
export const heNormalDepthwise: Initializer = (shape, seed) => truncatedNormal(shape, seed, Math.sqrt(2 / shape.slice(0, -2).reduce((a, b) => a * b, 1)));

/** Normal, cut off at two deviations, of variance 2 / (fanIn + fanOut) (Glorot and Bengio, 2010). */
export const glorotNormal: Initializer = (shape, seed) => truncatedNormal(shape, seed, Math.sqrt(2 / (fans(shape).in + fans(shape).out)));

/** Uniform of variance 2 / (fanIn + fanOut) (Glorot and Bengio, 2010). */
export const glorotUniform: Initializer = (shape, seed) => uniform(Math.sqrt(6 / (fans(shape).in + fans(shape).out)))(shape, seed);

/** Uniform in -limit..limit. */
export const uniform = (limit: number): Initializer => (shape, seed) => tf().tidy(() => statelessUniform(shape, seed, 0).mul(2 * limit).sub(limit));

/** Normal with a mean of 0. */
export const normal = (deviation: number): Initializer => (shape, seed) => tf().tidy(() => statelessNormal(shape, seed, 0).mul(deviation));

/** Orthonormal columns (or rows, where there are fewer), all axes but the last taken as one (Saxe et al., 2014). */
export const orthogonal = (gain = 1): Initializer => (shape, seed) =>
  tf().tidy(() => {
    const columns = shape.at(-1) ?? 1;
    const rows = shape.reduce((a, b) => a * b, 1) / columns;
    const random = statelessNormal([Math.max(rows, columns), Math.min(rows, columns)], seed, 0);
    const [q, r] = rawOps('Qr', [random], { T: FLOAT, full_matrices: { bool: false } }, 2) as [Tensor, Tensor];
    // With the signs of R's diagonal the distribution is uniform over all orthogonal matrices (Mezzadri, 2007).
    const unique = q.mul(diagonal(r).sign());
    return (rows < columns ? unique.transpose() : unique).mul(gain).reshape(shape);
  });

/** For the kernel of the last layer of a classifier: the first logits are near 0, and the first loss near ln(classes). */
export const smallOutput: Initializer = (shape, seed) => tf().tidy(() => glorotUniform(shape, seed).mul(0.1));

/** He's initialization before ReLU and its kin, Glorot's uniform one elsewhere. */
export function initializerFor(activation: Activation): Initializer {
  const rectifies = activation === 'relu' || activation === 'leakyRelu' || activation === 'elu' || activation === 'gelu' || activation === 'softplus';
  return rectifies ? heNormal : glorotUniform;
}

/** Inputs that an output sees, and outputs that see an input: of a kernel [...window, in, out], or of a vector. */
function fans(shape: readonly number[]): { in: number; out: number } {
  if (shape.length < 2) return { in: shape[0] ?? 1, out: shape[0] ?? 1 };
  const window = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  return { in: window * (shape.at(-2) as number), out: window * (shape.at(-1) as number) };
}

function truncatedNormal(shape: number[], seed: number, deviation: number): Tensor {
  return tf().tidy(() => statelessTruncatedNormal(shape, seed, 0).mul(deviation / TRUNCATED_DEVIATION));
}

function diagonal(square: Tensor): Tensor {
  const size = square.shape[0];
  return rawOp('MatrixDiagPartV2', [square, tf().scalar(0, 'int32'), tf().scalar(0)], { T: FLOAT }).reshape([size]);
}
