import { isDeepStrictEqual } from 'node:util';
import { readNpyRows } from '../npy/read-rows';
import { corrupt } from '../problems';
import { shapeText } from '../arrays/raw-array';
import type { LoadedPart } from '../types';

/**
 * Loads a part, or some rows of it, from the two .npy files that `ingest` wrote.
 *
 * @param rows Default: all. Images whose target isn't one class have float32 labels, [count, width].
 * @throws QuartetError CORRUPT_DATA if the files aren't what `ingest` writes, or don't belong together.
 */
export async function loadPart(examplesFile: string, labelsFile: string, rows: { offset?: number; count?: number } = {}): Promise<LoadedPart> {
  const examples = await readNpyRows(examplesFile, rows.offset, rows.count);
  const labels = await readNpyRows(labelsFile, rows.offset, rows.count);
  const again = 'Import the data set again.';
  if (examples.type !== 'u1' && examples.type !== 'f4') {
    throw corrupt(examplesFile, { received: `examples of type ${examples.type}`, expected: 'u1 or f4', remedy: again });
  }
  const many = examples.shape.length === 4 && labels.type === 'f4' && labels.shape.length === 2 && labels.shape[0] === examples.shape[0];
  if (many) {
    return {
      count: labels.shape[0]!,
      exampleShape: examples.shape.slice(1),
      examples: examples.data as Uint8Array | Float32Array,
      labels: new Int32Array(labels.shape[0]!),
      targets: { width: labels.shape[1]!, data: labels.data as Float32Array },
    };
  }
  if (labels.type !== 'i4' || !isDeepStrictEqual(labels.shape, examples.shape.slice(0, 1))) {
    throw corrupt(labelsFile, {
      received: `labels of type ${labels.type}, shape ${shapeText(labels.shape)}`,
      expected: `i4, shape ${shapeText(examples.shape.slice(0, 1))} like the examples`,
      remedy: again,
    });
  }
  return {
    count: labels.data.length,
    exampleShape: examples.shape.slice(1),
    examples: examples.data as Uint8Array | Float32Array,
    labels: labels.data as Int32Array,
  };
}
