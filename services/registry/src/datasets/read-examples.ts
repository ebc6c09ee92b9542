import { DataType, Part, QuartetError, type BlobRef, type Dataset, type ReadExamplesRequest, type ReadExamplesResponse } from '@quartet/contracts';
import { isRecordKind } from '@quartet/data';
import type { BlobStore } from '@quartet/store';
import { readRecordRows } from './read-record-rows';
import { readRows, type Rows } from './stored-rows';

const MAX_COUNT = 10_000n;
const LABEL_BYTES = 4;
/** Room for the rest of the message beside the examples. */
const MESSAGE_MARGIN = 1_048_576;

/**
 * Rows of a part. A stored .npy ends with its data, row-major, so that the last `count * size of a row` bytes are it.
 * @throws QuartetError INVALID_FIELD for a part that isn't there, rows beyond its end, or more than a message holds.
 */
export async function readExamples(blobs: BlobStore, dataset: Dataset, request: ReadExamplesRequest, maxMessageBytes: number): Promise<ReadExamplesResponse> {
  const part = dataset.parts.find((candidate) => candidate.part === request.part);
  const { schema } = dataset;
  if (!part || !schema) {
    const parts = dataset.parts.map((candidate) => Part[candidate.part]).join(', ');
    throw QuartetError.invalid('part', `is ${Part[request.part] ?? request.part}; data set "${dataset.name}" has ${parts}.`);
  }
  const { offset, count } = request;
  if (count < 1n || count > MAX_COUNT) throw QuartetError.invalid('count', `is ${count}; expected 1 to ${MAX_COUNT}.`);
  if (offset < 0n || offset >= part.count) throw QuartetError.invalid('offset', `is ${offset}; expected 0 to ${part.count - 1n}, the last row of the part.`);
  const wanted: Rows = { total: Number(part.count), offset: Number(offset), rows: Math.min(Number(count), Number(part.count - offset)) };
  if (isRecordKind(schema.kind)) return readRecordRows(blobs, part, 1 + schema.columns.length, wanted, maxMessageBytes - MESSAGE_MARGIN);
  const { rows } = wanted;
  const rowBytes = Number(schema.exampleShape.reduce((size, dimension) => size * dimension, 1n)) * (schema.dtype === DataType.DATA_TYPE_UINT8 ? 1 : 4);
  const names = schema.target?.names.length ?? 0;
  const labelBytes = LABEL_BYTES * Math.max(1, names);
  const most = Math.max(1, Math.floor((maxMessageBytes - MESSAGE_MARGIN) / (rowBytes + labelBytes)));
  if (rows > most) throw QuartetError.invalid('count', `is ${count}; a message holds ${most} rows of this data set. Read it in several calls.`);
  const read = (blob: BlobRef, width: number): Promise<Buffer> => readRows(blobs, blob, width, wanted);
  const [examples, labels] = await Promise.all([read(part.examples!, rowBytes), read(part.labels!, labelBytes)]);
  return {
    examples: { dtype: schema.dtype, shape: [BigInt(rows), ...schema.exampleShape], data: examples },
    labels: names > 0 ? { dtype: DataType.DATA_TYPE_FLOAT32, shape: [BigInt(rows), BigInt(names)], data: labels } : { dtype: DataType.DATA_TYPE_INT32, shape: [BigInt(rows)], data: labels },
  };
}
