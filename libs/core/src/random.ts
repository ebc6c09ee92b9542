import { tf, type Scalar, type Tensor } from './engine';
import { FLOAT, INT32, rawOp, UINT8, type RawAttribute } from './ops/raw';

export type Seed = number | bigint;

const MASK_64 = (1n << 64n) - 1n;

/** Any whole number as an unsigned 64-bit seed. */
export function normalizeSeed(seed: Seed): bigint {
  return BigInt(seed) & MASK_64;
}

/**
 * A 31-bit seed for one purpose, from the seed of the whole and a path of names: `deriveSeed(7, 'layers/0', 'kernel')`.
 * Two purposes get unrelated seeds. FNV-1a over the path, then the finalizer of SplitMix64 (Steele et al., 2014).
 */
export function deriveSeed(seed: Seed, ...path: (string | number)[]): number {
  let hash = 0xcbf29ce484222325n ^ normalizeSeed(seed);
  for (const byte of Buffer.from(path.join('/'))) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK_64;
  hash = ((hash ^ (hash >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
  hash = ((hash ^ (hash >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
  return Number((hash ^ (hash >> 31n)) & 0x7fffffffn);
}

// Random numbers, float32, that depend on nothing but (salt, step): TensorFlow's stateless ops, which are Philox 4x32-10
// (Salmon et al., 2011). `step` is an int32 scalar where a recorded graph takes it as an input, or a plain number.

/** Uniform in [0, 1). */
export function statelessUniform(shape: readonly number[], salt: number, step: Scalar | number): Tensor {
  return stateless('StatelessRandomUniform', shape, salt, step);
}

/** Of mean 0 and deviation 1. */
export function statelessNormal(shape: readonly number[], salt: number, step: Scalar | number): Tensor {
  return stateless('StatelessRandomNormal', shape, salt, step);
}

/** Of mean 0 and deviation 1, drawn again where it is beyond two deviations: its own deviation is 0.8796. */
export function statelessTruncatedNormal(shape: readonly number[], salt: number, step: Scalar | number): Tensor {
  return stateless('StatelessTruncatedNormal', shape, salt, step);
}

/**
 * Whole numbers 0 to 255, uniform: four for each number that is drawn, which is what costs.
 *
 * @param shape Of a count that is a multiple of 4.
 */
export function statelessBytes(shape: readonly number[], salt: number, step: Scalar | number): Tensor {
  const { tidy } = tf();
  return tidy(() => {
    const count = shape.reduce((a, b) => a * b, 1);
    const words = stateless('StatelessRandomUniformFullInt', [count / 4], salt, step, INT32);
    const bytes = rawOp('Bitcast', [words], { T: INT32, type: UINT8 });
    return rawOp('Cast', [bytes], { SrcT: UINT8, DstT: FLOAT }).reshape([...shape]);
  });
}

function stateless(op: string, shape: readonly number[], salt: number, step: Scalar | number, dtype: RawAttribute = FLOAT): Tensor {
  const { stack, scalar, tensor1d, tidy } = tf();
  return tidy(() => {
    const seed = typeof step === 'number' ? tensor1d([salt, step], 'int32') : stack([scalar(salt, 'int32'), step]);
    return rawOp(op, [tensor1d([...shape], 'int32'), seed], { dtype, T: INT32, Tseed: INT32 });
  });
}
