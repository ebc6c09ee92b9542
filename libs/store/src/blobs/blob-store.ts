import type { Readable } from 'node:stream';
import type { BlobRef } from '@quartet/contracts';

/** What a blob may be made from: the path of a local file, bytes at hand, or a stream that is read once. */
export type BlobSource = string | Uint8Array | Readable;

/** Part of a blob: bytes `start` to `end`, both included. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface StoredBlob {
  ref: BlobRef;
  /** When it was last put; garbage collection spares young blobs, whose owner may not be recorded yet. */
  modifiedAt: Date;
}

/**
 * Files and byte sequences addressed by the SHA-256 of their content. A blob appears whole or not at all and never
 * changes. Several processes may use one store at the same time.
 *
 * Every method throws QuartetError: DISK_FULL when there is no space, UNAVAILABLE when the store can't be reached,
 * INTERNAL when a blob is missing or its bytes aren't those of its address.
 */
export interface BlobStore {
  /** Stores the bytes, unless the store has them already. The blob is durable when the promise resolves. */
  put(source: BlobSource): Promise<BlobRef>;
  /** The bytes as a stream. A whole blob is verified: the stream fails at its end if the SHA-256 differs. */
  get(ref: BlobRef, range?: ByteRange): Promise<Readable>;
  /** Writes a blob to a file, verified, by way of a temporary file beside it: the file is whole or not there. */
  fetch(ref: BlobRef, file: string): Promise<void>;
  has(ref: BlobRef): Promise<boolean>;
  /** Does nothing if there is no such blob. */
  delete(ref: Pick<BlobRef, 'sha256'>): Promise<void>;
  /** Every blob of the store, in no order. */
  list(): AsyncIterable<StoredBlob>;
  /** Removes what a writer that was killed left behind longer than this ago. */
  removeLeftovers(olderThanMs: number): Promise<void>;
  close(): Promise<void>;
}
