import { deriveSeed, type Seed } from '../random';

// Examples that hold none of the relations that a data set's have: what gives these back has copied them.

/** Whole numbers below n, from a seed: SplitMix32, enough for shuffling. */
function drawer(seed: Seed, purpose: string): (n: number) => number {
  let state = deriveSeed(seed, purpose) | 0;
  return (n) => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * n);
  };
}

/** Draws for one number, of examples of which most don't have it: then its own is taken. */
const MOST_DRAWS = 100;

/**
 * Each number taken from another example, chosen by itself: every one is distributed as before, and tells nothing of any other. What is
 * NaN, after a sequence's end, stays so.
 */
export function independentPixels(examples: Float32Array, size: number, seed: Seed): Float32Array {
  const count = examples.length / size;
  const draw = drawer(seed, 'independent');
  const mixed = examples.slice();
  for (let at = 0; at < mixed.length; at += 1) {
    for (let draws = 0; draws < MOST_DRAWS && !Number.isNaN(mixed[at]); draws += 1) {
      const drawn = examples[draw(count) * size + (at % size)] as number;
      if (Number.isNaN(drawn)) continue;
      mixed[at] = drawn;
      break;
    }
  }
  return mixed;
}

/** Uniform noise in 0..1. */
export function uniformNoise(length: number, seed: Seed): Float32Array {
  const draw = drawer(seed, 'uniform');
  return Float32Array.from({ length }, () => draw(0x1000000) / 0x1000000);
}

/** Tiles of a quarter of each side in random places: strokes as before, in an image of another kind. */
export function shuffledTiles(images: Float32Array, shape: readonly number[], seed: Seed): Float32Array {
  const [height = 1, width = 1, channels = 1] = shape;
  const [tall, wide] = [Math.max(1, Math.floor(height / 4)), Math.max(1, Math.floor(width / 4))];
  const [rows, columns] = [Math.floor(height / tall), Math.floor(width / wide)];
  const draw = drawer(seed, 'tiles');
  const size = height * width * channels;
  const shuffled = images.slice();
  for (let image = 0; image < images.length; image += size) {
    const order = Array.from({ length: rows * columns }, (_, tile) => tile);
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = draw(last + 1);
      [order[last], order[other]] = [order[other] as number, order[last] as number];
    }
    order.forEach((from, to) => {
      const corner = (tile: number): number => (Math.floor(tile / columns) * tall * width + (tile % columns) * wide) * channels;
      for (let y = 0; y < tall; y += 1) {
        const line = y * width * channels;
        const read = image + corner(from) + line;
        shuffled.set(images.subarray(read, read + wide * channels), image + corner(to) + line);
      }
    });
  }
  return shuffled;
}
