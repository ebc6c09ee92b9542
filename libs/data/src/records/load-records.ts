import { shapeText } from '../arrays/raw-array';
import { readNpyRows } from '../npy/read-rows';
import { corrupt } from '../problems';
import { offsetsOf } from './offsets';

/** The records of a part, in memory. */
export interface Records {
  count: number;
  /** [count], -1: no class. */
  classes: Int32Array;
  /** Names of the fields: the schema's columns. */
  fields: readonly string[];
  /** A view. @throws RangeError for a row or field that isn't there. */
  bytes(row: number, field: string): Uint8Array;
  /** UTF-8 decoded. */
  text(row: number, field: string): string;
  /** 16-bit samples; a copy. */
  pcm(row: number, field: string): Int16Array;
}

/**
 * Loads a part of texts, pairs, tagged sentences, recordings or captions from the two .npy files that `ingest` wrote.
 *
 * @param fields The schema's columns.
 * @throws QuartetError CORRUPT_DATA if the files aren't what `ingest` writes, or don't belong together.
 */
export async function loadRecords(examplesFile: string, labelsFile: string, fields: readonly string[]): Promise<Records> {
  const examples = await readNpyRows(examplesFile);
  const labels = await readNpyRows(labelsFile);
  const again = 'Import the data set again.';
  if (examples.type !== 'u1' || examples.shape.length !== 1) {
    throw corrupt(examplesFile, { received: `examples of type ${examples.type}, shape ${shapeText(examples.shape)}`, expected: 'u1, [bytes]', remedy: again });
  }
  const width = 1 + fields.length;
  if (labels.type !== 'i4' || labels.shape.length !== 2 || labels.shape[1] !== width) {
    throw corrupt(labelsFile, { received: `labels of type ${labels.type}, shape ${shapeText(labels.shape)}`, expected: `i4, [count, ${width}] for ${fields.join(', ')}`, remedy: again });
  }
  return recordsOf(examples.data as Uint8Array, labels.data as Int32Array, fields, { examplesFile, labelsFile });
}

/**
 * Records of the two arrays, as ReadExamples answers them.
 *
 * @param bytes All fields of all records, in order. @param labels [count, 1 + fields]: class, then each field's length.
 * @throws QuartetError CORRUPT_DATA if the lengths aren't those of the bytes.
 */
export function recordsOf(bytes: Uint8Array, labels: Int32Array, fields: readonly string[], { examplesFile = 'examples', labelsFile = 'labels' } = {}): Records {
  const [width, count] = [1 + fields.length, labels.length / (1 + fields.length)];
  const lengths = labels.filter((_, at) => at % width > 0);
  const offsets = offsetsOf(lengths);
  const total = offsets.at(-1)!;
  if (lengths.some((length) => length < 0) || total !== bytes.length) {
    throw corrupt(labelsFile, { received: `lengths of ${total} bytes in all`, expected: `${bytes.length}, as ${examplesFile} holds`, remedy: 'Import the data set again.' });
  }
  const view = (row: number, field: string): Uint8Array => {
    const at = row * fields.length + fields.indexOf(field);
    if (!fields.includes(field) || !(row >= 0 && row < count)) throw new RangeError(`row ${row}, field "${field}": expected 0 to ${count - 1}, and one of ${fields.join(', ')}`);
    return bytes.subarray(offsets[at], offsets[at + 1]);
  };
  return {
    count,
    classes: labels.filter((_, at) => at % width === 0),
    fields,
    bytes: view,
    text: (row, field) => Buffer.from(view(row, field).buffer, view(row, field).byteOffset, view(row, field).length).toString('utf8'),
    pcm: (row, field) => new Int16Array(view(row, field).slice().buffer),
  };
}
