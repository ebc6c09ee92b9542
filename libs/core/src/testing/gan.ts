import { normalNumbers, uniformNumbers } from '../decoding/random';
import { deriveSeed } from '../random';
import type { BatchSource } from '../training/batches';
import type { ExampleBatch } from '../training/objective';
import type { GanSpec } from '../gan/spec';

/** A small GAN of points in the plane. */
export const POINT_SPEC: GanSpec = {
  exampleShape: [2],
  architecture: { kind: 'dense', units: [16, 16] },
  latentSize: 4,
  mode: 'unconditional',
  classes: 0,
  loss: 'nonSaturating',
  spectralNormalization: false,
  minibatchDeviation: false,
  instanceNoise: 0,
};

/** Points around (2, 0) of class 0 and around (-2, 0) of class 1. */
export function points(seed: number, count: number): ExampleBatch {
  const [normal, uniform] = [normalNumbers(seed), uniformNumbers(seed)];
  const y = Int32Array.from({ length: count }, () => Math.floor(uniform() * 2));
  const x = Float32Array.from({ length: count * 2 }, (_, at) => 0.3 * normal() + (at % 2 === 0 ? 2 - 4 * (y[at / 2] as number) : 0));
  return { inputs: { x: { dtype: 'float32', shape: [count, 2], data: x }, y: { dtype: 'int32', shape: [count], data: y } }, count };
}

export const pointBatches = (seed: number, stepsPerEpoch: number, batchSize = 32): BatchSource => ({
  stepsPerEpoch,
  batch: (epoch, step) => points(deriveSeed(seed, epoch, step), batchSize),
});
