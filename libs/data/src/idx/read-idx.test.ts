import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DEFAULT_LIMITS } from '../limits';
import { idxBytes } from '../testing/idx-bytes';
import { tempFolder } from '../testing/temp';
import { readIdx } from './read-idx';

const folder = tempFolder();
const read = (bytes: Uint8Array, limits = {}, signal?: AbortSignal) => {
  const path = join(folder, 'a');
  writeFileSync(path, bytes);
  return readIdx(path, 'train-images', { limits: { ...DEFAULT_LIMITS, ...limits }, signal });
};
const plain = idxBytes(8, [2, 2, 3], Uint8Array.from({ length: 12 }, (_, i) => i));

describe('readIdx', () => {
  it('reads bytes, plain and gzip alike', async () => {
    const expected = { type: 'u1', shape: [2, 2, 3], data: Uint8Array.from({ length: 12 }, (_, i) => i) };
    expect(await read(plain)).toEqual(expected);
    expect(await read(gzipSync(plain))).toEqual(expected);
  });

  it.each<[number, string, Buffer, number[]]>([
    [0x09, 'i1', Buffer.from([0xff, 1]), [-1, 1]],
    [0x0b, 'i2', Buffer.from([0xff, 0xfe, 0, 1]), [-2, 1]],
    [0x0c, 'i4', Buffer.from([0xff, 0xff, 0xff, 0xfd, 0, 0, 0, 1]), [-3, 1]],
    [0x0d, 'f4', Buffer.from([0x3f, 0x80, 0, 0, 0xbf, 0, 0, 0]), [1, -0.5]],
    [0x0e, 'f8', Buffer.from([0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xbf, 0xe0, 0, 0, 0, 0, 0, 0]), [1, -0.5]],
  ])('reads big-endian type %i', async (code, type, data, values) => {
    const array = await read(idxBytes(code, [2, 1], data));
    expect(array.type).toBe(type);
    expect(Array.from(array.data as ArrayLike<number>)).toEqual(values);
  });

  it('reads a short file of labels from gzip', async () => {
    expect((await read(gzipSync(idxBytes(8, [3], Uint8Array.from([2, 0, 1]))))).data).toEqual(Uint8Array.from([2, 0, 1]));
  });

  const lying = (shape: number[]) => idxBytes(8, shape, new Uint8Array(1));
  it.each<[string, () => Uint8Array, object, string, string]>([
    ['an empty file', () => Buffer.alloc(0), {}, 'CORRUPT_DATA', 'train-images: 0 bytes; expected an IDX magic: 00 00, type'],
    ['another format', () => Buffer.from('\x89PNG\r\n', 'latin1'), {}, 'CORRUPT_DATA', 'magic 89504e47; expected an IDX magic'],
    ['an unknown type', () => idxBytes(0x0a, [1], new Uint8Array(1)), {}, 'CORRUPT_DATA', 'magic 00000a01'],
    ['too many dimensions', () => idxBytes(8, [1, 1, 1, 1, 1], new Uint8Array(1)), {}, 'CORRUPT_DATA', 'magic 00000805'],
    ['a header cut off', () => plain.subarray(0, 10), {}, 'CORRUPT_DATA', 'the file ends after 10 bytes, inside the header; expected 16 bytes of header for 3 dimensions'],
    ['data cut off', () => plain.subarray(0, -2), {}, 'CORRUPT_DATA', '26 bytes; expected 28 for shape [2, 2, 3] of type u1. The file is truncated'],
    ['trailing bytes', () => Buffer.concat([plain, Buffer.from('!')]), {}, 'CORRUPT_DATA', '29 bytes; expected 28 for shape [2, 2, 3] of type u1. There are bytes after the data'],
    ['sizes beyond memory', () => lying([0xffffffff, 0xffffffff]), {}, 'CORRUPT_DATA', 'sizes that fit in memory'],
    ['sizes that the file has not', () => lying([60000, 28, 28]), {}, 'CORRUPT_DATA', '17 bytes; expected 47040016 for shape [60000, 28, 28]'],
    ['more than the limit', () => plain, { maxBytes: 20 }, 'LIMIT_EXCEEDED', 'train-images: 28 bytes; expected at most 20. Send less data'],
    ['gzip cut off', () => gzipSync(plain).subarray(0, -9), {}, 'CORRUPT_DATA', "a gzip stream that can't be decompressed (unexpected end of file)"],
    ['gzip with a wrong checksum', () => Buffer.concat([gzipSync(plain).subarray(0, -8), Buffer.alloc(8)]), {}, 'CORRUPT_DATA', 'incorrect data check'],
    ['gzip with bytes after it', () => Buffer.concat([gzipSync(plain), Buffer.from('more')]), {}, 'CORRUPT_DATA', 'incorrect header check'],
    ['gzip with zeros after it', () => Buffer.concat([gzipSync(plain), Buffer.alloc(4)]), {}, 'CORRUPT_DATA', '4 bytes after the end of the gzip stream'],
    ['gzip of data cut off', () => gzipSync(plain.subarray(0, -2)), {}, 'CORRUPT_DATA', '26 bytes; expected 28'],
    ['gzip of trailing bytes', () => gzipSync(Buffer.concat([plain, Buffer.alloc(9)])), {}, 'CORRUPT_DATA', 'more than 28 bytes; expected 28'],
    ['a bomb with an honest header', () => gzipSync(idxBytes(8, [5000, 1000], new Uint8Array(5_000_000))), {}, 'CORRUPT_DATA', 'that decompress to 5000012; expected at most 200 times the size. It looks like a decompression bomb'],
    ['a bomb behind a small header', () => gzipSync(idxBytes(8, [4], new Uint8Array(50_000_000))), {}, 'CORRUPT_DATA', 'more than 12 bytes; expected 12'],
    ['a gzip header that claims a lot', () => gzipSync(idxBytes(8, [0x7fffffff], new Uint8Array(50))), {}, 'CORRUPT_DATA', 'decompression bomb'],
    ['a gzip beyond the limit', () => gzipSync(plain), { maxBytes: 20 }, 'LIMIT_EXCEEDED', '28 bytes; expected at most 20'],
  ])('refuses %s', async (_, bytes, limits, reason, message) => {
    await expect(read(bytes(), limits)).rejects.toMatchObject({ reason, message: expect.stringContaining(message) });
  });

  it('stops when told to, plain and gzip', async () => {
    await expect(read(plain, {}, AbortSignal.abort())).rejects.toMatchObject({ reason: 'CANCELLED' });
    await expect(read(gzipSync(plain), {}, AbortSignal.abort())).rejects.toMatchObject({ reason: 'CANCELLED' });
  });

  it('reads or refuses any bytes, and never fails otherwise', async () => {
    for (let cut = 0; cut < plain.length; cut++) {
      for (const flip of [0x01, 0x80]) {
        const bytes = Buffer.from(plain);
        bytes[cut]! ^= flip;
        const outcome = await read(bytes).catch((error: { reason?: string }) => error);
        expect('shape' in outcome || outcome.reason === 'CORRUPT_DATA').toBe(true);
      }
    }
  });
});
