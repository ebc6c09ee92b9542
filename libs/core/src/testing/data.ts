import type { NetworkSpec } from '../network/spec';
import { deriveSeed } from '../random';
import { labelledBatch, type BatchSource, type EvaluationSource } from '../training/batches';
import type { ExampleBatch } from '../training/objective';

/** A small network with everything that a resume could get wrong: dropout, and running statistics. */
export const SMALL_SPEC: NetworkSpec = {
  inputShape: [8, 8, 1],
  normalization: { mean: [0.5], standardDeviation: [0.3] },
  layers: [
    { kind: 'conv2d', filters: 4 },
    { kind: 'batchNormalization' },
    { kind: 'maxPool2d' },
    { kind: 'dropout', rate: 0.25 },
    { kind: 'flatten' },
    { kind: 'dense', units: 16 },
    { kind: 'dropout', rate: 0.25 },
  ],
  classes: 3,
};

/** Images of a bright bar in one of three places, in noise: drawn anew for each (seed, epoch, step), as augmentation would. */
export function bars(seed: number, stepsPerEpoch: number, batchSize: number, padding = 0): BatchSource {
  return { stepsPerEpoch, batch: (epoch, step) => barBatch(deriveSeed(seed, epoch, step), batchSize, padding) };
}

export function barTests(seed: number, batches: number, batchSize: number): EvaluationSource {
  return {
    *batches() {
      for (let index = 0; index < batches; index += 1) yield barBatch(deriveSeed(seed, 'test', index), batchSize, 0);
    },
  };
}

function barBatch(seed: number, count: number, padding: number): ExampleBatch {
  const random = generator(seed);
  const size = count + padding;
  const x = new Float32Array(size * 64);
  const y = new Int32Array(size);
  for (let example = 0; example < count; example += 1) {
    const label = Math.floor(random() * 3);
    y[example] = label;
    for (let pixel = 0; pixel < 64; pixel += 1) {
      const inBar = Math.floor(pixel / 8) === 1 + label * 2;
      x[example * 64 + pixel] = 0.6 * random() + (inBar ? 0.35 : 0);
    }
  }
  return labelledBatch(x, [size, 8, 8, 1], y, count);
}

/** Mulberry32 (Tommy Ettinger, public domain): uniform in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
