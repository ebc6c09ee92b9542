// MNIST from the cache, as parts in memory.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const { resolveBuiltin } = require('../../libs/data/dist/index.js');

const PIXELS = 28 * 28;

/** { train, test }: parts with examples, uint8, and labels. */
export async function mnist() {
  const { files } = await resolveBuiltin('mnist', process.env.QUARTET_CACHE || join(homedir(), '.cache', 'quartet'));
  const part = (name, count) => ({
    count,
    exampleShape: [28, 28, 1],
    examples: Uint8Array.from(readFileSync(files.get(`${name}-images-idx3-ubyte`)).subarray(16, 16 + count * PIXELS)),
    labels: Int32Array.from(readFileSync(files.get(`${name}-labels-idx1-ubyte`)).subarray(8, 8 + count)),
  });
  return { train: part('train', 60_000), test: part('t10k', 10_000) };
}

/** Rows of a part from one on, as a part of their own. */
export function rows({ exampleShape, examples, labels }, first, count) {
  const size = exampleShape.reduce((a, b) => a * b, 1);
  return { count, exampleShape, examples: examples.slice(first * size, (first + count) * size), labels: labels.slice(first, first + count) };
}

/** A part's images at half their height and width, each pixel the mean of four. */
export function halved({ count, exampleShape: [height, width], examples, labels }) {
  const made = new Uint8Array(examples.length / 4);
  for (let at = 0; at < made.length; at += 1) {
    const [row, x] = [Math.floor(at / (width / 2)), at % (width / 2)];
    const corner = 2 * row * width + 2 * x;
    made[at] = Math.round((examples[corner] + examples[corner + 1] + examples[corner + width] + examples[corner + width + 1]) / 4);
  }
  return { count, exampleShape: [height / 2, width / 2, 1], examples: made, labels };
}

/** A part's images in 0..1 as one batch. */
export function batchOf({ count, exampleShape, examples, labels }) {
  const data = Float32Array.from(examples, (value) => value / 255);
  return { inputs: { x: { dtype: 'float32', shape: [count, ...exampleShape], data }, y: { dtype: 'int32', shape: [count], data: labels } }, count };
}
