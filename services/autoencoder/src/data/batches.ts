import { elementCount, type BatchSource, type ExampleBatch } from '@quartet/core';
import { epochOrder, type LoadedPart } from '@quartet/data';

/** Batches of rows, windows or sequences; each epoch sees all of them in an order that seed and epoch decide. */
export function exampleBatches({ count, exampleShape, examples, labels }: LoadedPart, batchSize: number, seed: bigint): BatchSource {
  const size = Math.min(batchSize, count);
  const numbers = elementCount(exampleShape);
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  return {
    stepsPerEpoch: Math.ceil(count / size),
    batch(epoch, step): ExampleBatch {
      const chosen = epochOrder(rows, seed, epoch).subarray(step * size, (step + 1) * size);
      const x = new Float32Array(size * numbers);
      const y = new Int32Array(size);
      chosen.forEach((row, at) => {
        x.set(examples.subarray(row * numbers, (row + 1) * numbers), at * numbers);
        y[at] = labels[row] ?? 0;
      });
      return { inputs: { x: { dtype: 'float32', shape: [size, ...exampleShape], data: x }, y: { dtype: 'int32', shape: [size], data: y } }, count: chosen.length };
    },
  };
}
