import type { EvaluationSource, ExampleBatch } from '@quartet/core';
import type { LoadedPart } from '../types';
import { copyExample } from './copy-example';
import { checkBatchSize } from './image-batches';
import { labelled } from './labelled';

/**
 * Batches of a part in stored order, unchanged: images as float32 in 0..1, tables as they are. The last one is padded
 * with zeros. An empty part gives none.
 */
export function evaluationBatches(part: LoadedPart, batchSize: number): EvaluationSource {
  const size = part.exampleShape.reduce((product, side) => product * side, 1);
  const rows = checkBatchSize(batchSize, part.count);
  function* batches(): Generator<ExampleBatch> {
    for (let first = 0; first < part.count; first += rows) {
      const count = Math.min(rows, part.count - first);
      const x = new Float32Array(rows * size);
      const y = new Int32Array(rows);
      for (let at = 0; at < count; at++) copyExample(part.examples, first + at, size, x, at * size);
      y.set(part.labels.subarray(first, first + count));
      const targets = part.targets && new Float32Array(rows * part.targets.width);
      if (part.targets) targets!.set(part.targets.data.subarray(first * part.targets.width, (first + count) * part.targets.width));
      yield labelled(x, [rows, ...part.exampleShape], y, count, targets);
    }
  }
  return { batches };
}
