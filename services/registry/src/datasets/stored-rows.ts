import { buffer } from 'node:stream/consumers';
import type { BlobRef } from '@quartet/contracts';
import type { BlobStore } from '@quartet/store';

/** Rows wanted, of how many. */
export interface Rows {
  total: number;
  offset: number;
  rows: number;
}

/** Rows of a stored .npy, which ends with its data, row-major: the last `total * width` bytes are it. @param width Bytes of a row. */
export async function readRows(blobs: BlobStore, blob: BlobRef, width: number, { total, offset, rows }: Rows): Promise<Buffer> {
  const start = Number(blob.size) - total * width + offset * width;
  if (rows * width === 0) return Buffer.alloc(0);
  return buffer(await blobs.get(blob, { start, end: start + rows * width - 1 }));
}
