import { DataType, QuartetError, type DatasetPart, type ReadExamplesResponse } from '@quartet/contracts';
import type { BlobStore } from '@quartet/store';
import { readRows, type Rows } from './stored-rows';

const INT32_BYTES = 4;

/**
 * Rows of a part of records: where they lie follows from the lengths of all records before them.
 *
 * @param width Numbers in a row of labels. @param mostBytes That a message holds.
 * @throws QuartetError INVALID_FIELD for more than a message holds.
 */
export async function readRecordRows(blobs: BlobStore, part: DatasetPart, width: number, wanted: Rows, mostBytes: number): Promise<ReadExamplesResponse> {
  const { total, offset, rows } = wanted;
  const labels = await readRows(blobs, part.labels!, width * INT32_BYTES, { total, offset: 0, rows: total });
  const starts = startsOf(labels, width, total);
  const fitting = fittingRows(starts, offset, rows, width, mostBytes);
  if (fitting < rows) {
    throw QuartetError.invalid('count', `is ${rows}; a message holds ${Math.max(1, fitting)} of the records from ${offset} on. Read them in several calls.`);
  }
  const [start, end] = [starts[offset]!, starts[offset + rows]!];
  const examples = await readRows(blobs, part.examples!, 1, { total: starts[total]!, offset: start, rows: end - start });
  return {
    examples: { dtype: DataType.DATA_TYPE_UINT8, shape: [BigInt(end - start)], data: examples },
    labels: { dtype: DataType.DATA_TYPE_INT32, shape: [BigInt(rows), BigInt(width)], data: Buffer.from(labels.subarray(offset * width * INT32_BYTES, (offset + rows) * width * INT32_BYTES)) },
  };
}

/** Where each record starts, and where the last one ends. */
function startsOf(labels: Buffer, width: number, total: number): Float64Array {
  const starts = new Float64Array(total + 1);
  for (let row = 0; row < total; row++) {
    let length = 0;
    for (let field = 1; field < width; field++) length += labels.readInt32LE((row * width + field) * INT32_BYTES);
    starts[row + 1] = starts[row]! + length;
  }
  return starts;
}

/** How many of the rows fit into a message. */
function fittingRows(starts: Float64Array, offset: number, rows: number, width: number, mostBytes: number): number {
  let fitting = 0;
  while (fitting < rows && starts[offset + fitting + 1]! - starts[offset]! + (fitting + 1) * width * INT32_BYTES <= mostBytes) fitting++;
  return fitting;
}
