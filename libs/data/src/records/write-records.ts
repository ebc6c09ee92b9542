import { join } from 'node:path';
import type { SourcePart } from '../ingest/source';
import type { WrittenPart } from '../ingest/write-part';
import { writeNpy } from '../npy/write';
import type { PartName } from '../types';
import { offsetsOf } from './offsets';

/**
 * Writes records: `<part>-examples.npy`, uint8, all fields of all records in order; `<part>-labels.npy`, int32
 * [count, 1 + fields]: the class, -1 where there is none, then each field's length in bytes.
 */
export async function writeRecords(part: PartName, from: SourcePart & { lengths: Int32Array }, rows: Uint32Array, outDir: string, signal?: AbortSignal): Promise<WrittenPart> {
  const [examplesFile, labelsFile] = [join(outDir, `${part}-examples.npy`), join(outDir, `${part}-labels.npy`)];
  const bytes = from.examples as Uint8Array;
  const fields = from.lengths.length / from.count;
  const offsets = offsetsOf(from.lengths);
  const spanOf = (row: number): Uint8Array => bytes.subarray(offsets[row * fields], offsets[(row + 1) * fields]);
  const examples = new Uint8Array(rows.reduce((sum, row) => sum + spanOf(row).length, 0));
  const labels = new Int32Array(rows.length * (1 + fields));
  let at = 0;
  rows.forEach((row, index) => {
    examples.set(spanOf(row), at);
    at += spanOf(row).length;
    labels.set([from.labels[row]!, ...from.lengths.subarray(row * fields, (row + 1) * fields)], index * (1 + fields));
  });
  const examplesHash = await writeNpy(examplesFile, [examples.length], examples, { signal });
  const labelsHash = await writeNpy(labelsFile, [rows.length, 1 + fields], labels, { signal });
  return { examples, examplesFile, labelsFile, examplesHash, labelsHash };
}
