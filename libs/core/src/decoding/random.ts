import { deriveSeed, type Seed } from '../random';

/** Numbers in [0, 1), always the same for a seed: Mulberry32 (Tommy Ettinger, public domain). For work outside of TensorFlow. */
export function uniformNumbers(seed: Seed): () => number {
  let state = deriveSeed(seed, 'uniformNumbers') >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normal numbers of mean 0 and deviation 1, two at a time (Box and Muller, 1958). */
export function normalNumbers(seed: Seed): () => number {
  const uniform = uniformNumbers(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const second = spare;
      spare = undefined;
      return second;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
