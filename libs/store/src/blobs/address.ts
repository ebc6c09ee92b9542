import { createHash, type Hash } from 'node:crypto';
import { Transform } from 'node:stream';
import { QuartetError, type BlobRef } from '@quartet/contracts';

const SHA256 = /^[0-9a-f]{64}$/;

/** Where a blob lies below the root of a store: two levels of folders keep each small. */
export function keyOf(sha256: string): string {
  if (!SHA256.test(sha256)) {
    throw QuartetError.invalid('sha256', `is "${sha256}"; expected 64 lower-case hexadecimal digits.`);
  }
  return `sha256/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}

/** The address in the last part of a key, if it is one. */
export function addressIn(key: string): string | undefined {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return SHA256.test(name) ? name : undefined;
}

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Passes bytes on while it counts and hashes them. */
export class HashingStream extends Transform {
  readonly #hash: Hash = createHash('sha256');
  #size = 0n;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: Error | null, data?: Buffer) => void): void {
    this.#hash.update(chunk);
    this.#size += BigInt(chunk.length);
    done(null, chunk);
  }

  /** Of all the bytes; to be called once, after the stream has ended. */
  ref(): BlobRef {
    return { sha256: this.#hash.digest('hex'), size: this.#size };
  }
}

/** A HashingStream that fails at its end when the bytes aren't those of `expected`. */
export class VerifyingStream extends HashingStream {
  constructor(
    readonly expected: BlobRef,
    readonly place: string,
  ) {
    super();
  }

  override _flush(done: (error: Error | null) => void): void {
    const received = this.ref();
    done(received.sha256 === this.expected.sha256 ? null : corruptBlob(this.expected, received, this.place));
  }
}

export function corruptBlob(expected: BlobRef, received: BlobRef, place: string): QuartetError {
  return new QuartetError(
    'INTERNAL',
    `Blob ${expected.sha256} in ${place} is corrupt: received ${received.size} bytes with SHA-256 ${received.sha256}, expected ` +
      `${expected.size} bytes. Restore it from a backup, or delete it and store its content again.`,
    { metadata: { blob: expected.sha256 } },
  );
}

export function missingBlob(ref: BlobRef, place: string): QuartetError {
  return new QuartetError(
    'INTERNAL',
    `Blob ${ref.sha256} (${ref.size} bytes) isn't in ${place}. Check that every process has the same QUARTET_BLOB_URL, or restore it.`,
    { metadata: { blob: ref.sha256 } },
  );
}
