import { open } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RATIO_FREE_BYTES } from '../limits';
import { checkSignal, corrupt, overLimit, textOf } from '../problems';
import type { Limits } from '../types';
import type { VideoDecoding } from '../video/options';

/** How a reader reads: within which limits, and until when. */
export interface ReadContext {
  limits: Limits;
  signal?: AbortSignal;
  /** Default: DEFAULT_VIDEO_DECODING. */
  video?: Partial<VideoDecoding>;
}

/** Largest read at once; also how often a cancellation is looked for. */
const CHUNK_BYTES = 64 * 1024 * 1024;

/** Reads a whole file into memory of its own (never a slice of Node's pool, so that views of it are aligned). */
export async function readWhole(path: string, name: string, { limits, signal }: ReadContext): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > limits.maxBytes) throw tooLarge(name, size, limits);
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    while (at < size) {
      checkSignal(signal);
      const { bytesRead } = await handle.read(bytes, at, Math.min(CHUNK_BYTES, size - at), at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await handle.close();
  }
}

/** The first bytes of a file. */
export async function readHead(path: string, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

/**
 * Decompresses a .gz file into memory.
 * @param expectedBytes Says from the first decompressed bytes (at least `headBytes`, unless there are fewer) how many
 *   there will be. No more than that, plus the block that shows the excess, is ever held.
 * @returns The bytes, at most one more than expected.
 */
export async function gunzipFile(
  path: string,
  name: string,
  { limits, signal }: ReadContext,
  headBytes: number,
  expectedBytes: (head: Buffer) => number,
): Promise<Buffer> {
  const compressed = await sizeOf(path);
  const gunzip = pipeInto(createReadStream(path, { signal }), createGunzip());
  let head: Buffer = Buffer.alloc(0);
  let out: Buffer | undefined;
  let at = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      let rest = chunk;
      if (!out) {
        head = Buffer.concat([head, chunk]);
        if (head.length < headBytes) continue;
        const expected = expectedBytes(head);
        checkInflated(name, expected, compressed, limits);
        out = Buffer.allocUnsafeSlow(expected + 1);
        rest = head;
      }
      at += rest.copy(out, at);
      if (at === out.length) return out;
    }
  } catch (error) {
    checkSignal(signal);
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') !== true) throw error;
    throw corrupt(name, {
      received: `a gzip stream that can't be decompressed (${textOf(error)})`,
      expected: 'a complete gzip file',
      remedy: 'The file is truncated or damaged: copy or upload it again.',
      cause: error,
    });
  } finally {
    gunzip.destroy();
  }
  if (gunzip.bytesWritten < compressed) {
    throw corrupt(name, {
      received: `${compressed - gunzip.bytesWritten} bytes after the end of the gzip stream`,
      expected: 'nothing after it',
      remedy: 'Compress the file again.',
    });
  }
  return out ? out.subarray(0, at) : head;
}

/** Like `pipe`, but a source that fails or is aborted fails its target too, and goes when the target goes. */
export function pipeInto<T extends Duplex>(source: Readable, target: T): T {
  source.on('error', (error) => target.destroy(error));
  target.on('close', () => source.destroy());
  return source.pipe(target);
}

const sizeOf = async (path: string): Promise<number> => {
  const handle = await open(path, 'r');
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
};

/** Refuses what would decompress to more than the limits, before any memory is set aside for it. */
export function checkInflated(name: string, inflated: number, compressed: number, limits: Limits): void {
  if (inflated > limits.maxBytes) throw tooLarge(name, inflated, limits);
  if (inflated > RATIO_FREE_BYTES && inflated > compressed * limits.maxRatio) {
    throw corrupt(name, {
      received: `${compressed} bytes that decompress to ${inflated}`,
      expected: `at most ${limits.maxRatio} times the size`,
      remedy: 'It looks like a decompression bomb; if it is not, upload it decompressed.',
    });
  }
}

export function tooLarge(name: string, bytes: number, limits: Limits) {
  return overLimit(name, {
    received: `${bytes} bytes`,
    expected: `at most ${limits.maxBytes}`,
    remedy: 'Send less data, or ask the operator to raise QUARTET_MAX_UPLOAD_BYTES.',
  });
}
