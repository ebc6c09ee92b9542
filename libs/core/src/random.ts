import { nodeBackend, tf, type Scalar, type Tensor } from './engine';

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

/**
 * Uniform numbers in [0, 1), float32, that depend on nothing but (salt, step): TensorFlow's StatelessRandomUniform,
 * which is Philox 4x32-10 (Salmon et al., 2011).
 *
 * @param step int32 scalar. A tensor, so that a recorded graph takes it as an input.
 */
export function statelessUniform(shape: number[], salt: number, step: Scalar): Tensor {
  const { stack, scalar, tensor1d, tidy } = tf();
  const { TF_FLOAT, TF_INT32, TF_ATTR_TYPE } = nodeBackend().binding;
  return tidy(() =>
    nodeBackend().executeSingleOutput(
      'StatelessRandomUniform',
      [
        { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT },
        { name: 'T', type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: 'Tseed', type: TF_ATTR_TYPE, value: TF_INT32 },
      ],
      [tensor1d(shape, 'int32'), stack([scalar(salt, 'int32'), step])],
    ),
  );
}
