import { join } from 'node:path';
import { elementsIn } from '../arrays/raw-array';
import { writeNpy } from '../npy/write';
import type { PartName } from '../types';
import type { SourcePart } from './source';

export interface WrittenPart {
  /** The rows as written, for statistics. */
  examples: Uint8Array | Float32Array;
  examplesFile: string;
  labelsFile: string;
  /** Of labels and numbers: the rows as written. */
  targets?: Float32Array;
  examplesHash: string;
  labelsHash: string;
}

/** Writes the given rows of a source part as `<part>-examples.npy` and `<part>-labels.npy`. */
export async function writePart(
  part: PartName,
  from: SourcePart,
  rows: Uint32Array,
  exampleShape: readonly number[],
  outDir: string,
  signal?: AbortSignal,
): Promise<WrittenPart> {
  const [examplesFile, labelsFile] = [join(outDir, `${part}-examples.npy`), join(outDir, `${part}-labels.npy`)];
  const all = rows.length === from.count;
  const examples = all ? from.examples : gather(from.examples, rows, elementsIn(exampleShape));
  const labels = all ? from.labels : Int32Array.from(rows, (row) => from.labels[row]!);
  const examplesHash = await writeNpy(examplesFile, [rows.length, ...exampleShape], examples, { signal });
  const width = from.targets ? from.targets.length / from.count : 0;
  const targets = from.targets && (gather(from.targets, rows, width) as Float32Array);
  const labelsHash = await writeNpy(labelsFile, targets ? [rows.length, width] : [rows.length], targets ?? labels, { signal });
  return { targets, examples, examplesFile, labelsFile, examplesHash, labelsHash };
}

function gather(examples: Uint8Array | Float32Array, rows: Uint32Array, size: number): Uint8Array | Float32Array {
  const out = examples instanceof Uint8Array ? new Uint8Array(rows.length * size) : new Float32Array(rows.length * size);
  rows.forEach((row, at) => out.set(examples.subarray(row * size, (row + 1) * size), at * size));
  return out;
}
