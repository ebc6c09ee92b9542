import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const SIDE = 12;
export const CLASSES = 3;

/** A grey image with a bright band across a third of it: the upper, middle or lower one by its class; noise elsewhere. */
export function band(label: number, noise: number): Uint8Array {
  let state = noise * 2654435761 + 1;
  return Uint8Array.from({ length: SIDE * SIDE }, (_, at) => {
    state = (state * 1664525 + 1013904223) >>> 0;
    const inBand = Math.floor(at / SIDE / (SIDE / CLASSES)) === label;
    return (inBand ? 180 : 0) + (state >>> 26);
  });
}

function idx(sizes: number[], elements: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, at) => head.writeUInt32BE(size, 4 + 4 * at));
  return Buffer.concat([head, elements]);
}

/** Writes a data set of bands as IDX files, learnable in a few steps. */
export function writeBands(folder: string, train: number, test: number): void {
  mkdirSync(folder, { recursive: true });
  for (const [prefix, count, seed] of [['train', train, 0], ['t10k', test, 100_000]] as const) {
    const labels = Uint8Array.from({ length: count }, (_, at) => at % CLASSES);
    const images = Buffer.concat([...labels].map((label, at) => band(label, seed + at)));
    writeFileSync(join(folder, `${prefix}-images-idx3-ubyte`), idx([count, SIDE, SIDE], images));
    writeFileSync(join(folder, `${prefix}-labels-idx1-ubyte`), idx([count], labels));
  }
}
