import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { checkSignal } from '../problems';

const DESCR = new Map<unknown, string>([
  [Uint8Array, '|u1'],
  [Int32Array, '<i4'],
  [Float32Array, '<f4'],
]);

/** Written at a time, so that hashing and cancelling go along. */
const CHUNK_BYTES = 8 * 1024 * 1024;

/** An .npy 1.0 header as NumPy writes it, padded so that the data starts at a multiple of 64 bytes. */
export function npyHeader(descr: string, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const prelude = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1');
  prelude.writeUInt16LE(length, 8);
  return Buffer.concat([prelude, Buffer.from(dict.padEnd(length - 1) + '\n', 'latin1')]);
}

/**
 * Writes an array as .npy.
 * @returns SHA-256 of the file, hex.
 */
export async function writeNpy(
  file: string,
  shape: readonly number[],
  data: Uint8Array | Int32Array | Float32Array,
  options: { signal?: AbortSignal; onBytes?: (written: number) => void } = {},
): Promise<string> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const hash = createHash('sha256');
  const handle = await open(file, 'w');
  try {
    const header = npyHeader(DESCR.get(data.constructor)!, shape);
    hash.update(header);
    await handle.writeFile(header);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      checkSignal(options.signal);
      const chunk = bytes.subarray(at, at + CHUNK_BYTES);
      hash.update(chunk);
      await handle.writeFile(chunk);
      options.onBytes?.(chunk.length);
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}
