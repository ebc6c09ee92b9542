import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobRef } from '@quartet/contracts';
import { newFolder, removeFolders } from '../testing/folders';
import { deletedBucket, folderStore, s3Store, type StoreUnderTest } from '../testing/stores';
import { openBlobStore } from './open';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

afterAll(removeFolders);

describe.each([
  ['a folder', folderStore],
  ['an S3 bucket', s3Store],
])('blobs in %s', (_name, open) => {
  let subject: StoreUnderTest;
  const small = Buffer.from('seven bytes, or a few more');
  const large = randomBytes(20 * 1024 * 1024 + 13);

  beforeEach(async () => void (subject = await open()));
  afterEach(() => subject.store.close());

  const listed = async (): Promise<BlobRef[]> => {
    const found: BlobRef[] = [];
    for await (const { ref } of subject.store.list()) found.push(ref);
    return found;
  };

  it.each([
    ['bytes', (bytes: Buffer) => bytes],
    ['a stream', (bytes: Buffer) => Readable.from([bytes.subarray(0, 5), bytes.subarray(5)])],
    [
      'a file',
      async (bytes: Buffer) => {
        const file = join(await newFolder(), 'source');
        await writeFile(file, bytes);
        return file;
      },
    ],
  ])('keeps %s under their SHA-256 and gives them back', async (_kind, source) => {
    for (const bytes of [small, large, Buffer.alloc(0)]) {
      const ref = await subject.store.put(await source(bytes));
      expect(ref).toEqual({ sha256: sha256(bytes), size: BigInt(bytes.length) });
      expect((await subject.raw(ref.sha256)).equals(bytes)).toBe(true);
      expect((await buffer(await subject.store.get(ref))).equals(bytes)).toBe(true);
      expect(await subject.store.has(ref)).toBe(true);
    }
  });

  it('keeps the same bytes once', async () => {
    await subject.store.put(small);
    await subject.store.put(Readable.from([small]));
    expect(await subject.names()).toHaveLength(1);
    expect(await listed()).toEqual([{ sha256: sha256(small), size: BigInt(small.length) }]);
  });

  it('takes many writers of the same bytes at once', async () => {
    const refs = await Promise.all(Array.from({ length: 8 }, () => subject.store.put(Readable.from([small]))));
    expect(new Set(refs.map((ref) => ref.sha256)).size).toBe(1);
    expect(await subject.names()).toHaveLength(1);
  });

  it('reads a range', async () => {
    const ref = await subject.store.put(large);
    const part = await buffer(await subject.store.get(ref, { start: 1_000_001, end: 1_000_100 }));
    expect(part.equals(large.subarray(1_000_001, 1_000_101))).toBe(true);
  });

  it('writes a verified copy to a file', async () => {
    const ref = await subject.store.put(large);
    const file = join(await newFolder(), 'deep', 'copy');
    await subject.store.fetch(ref, file);
    expect((await readFile(file)).equals(large)).toBe(true);
    expect(await readdir(join(file, '..'))).toEqual(['copy']);
  });

  it('refuses to hand out a corrupt blob, and leaves no file', async () => {
    const ref = await subject.store.put(small);
    const corrupt = Buffer.from(small).fill(0x58, 3, 4);
    await subject.tamper(ref.sha256, corrupt);
    const folder = await newFolder();
    const expected = { reason: 'INTERNAL', message: expect.stringMatching(`Blob ${ref.sha256} in .* is corrupt: received 26 bytes with SHA-256 ${sha256(corrupt)}`) };
    await expect(subject.store.fetch(ref, join(folder, 'copy'))).rejects.toMatchObject(expected);
    expect(await readdir(folder)).toEqual([]);
    await expect(subject.store.get(ref).then((stream) => buffer(stream))).rejects.toMatchObject(expected);
  });

  it('puts a blob that was cut short anew', async () => {
    const ref = await subject.store.put(small);
    await subject.tamper(ref.sha256, small.subarray(0, 4));
    expect(await subject.store.has(ref)).toBe(false);
    await subject.store.put(small);
    expect(await subject.raw(ref.sha256)).toEqual(small);
  });

  it('names a blob that is missing, and leaves no file', async () => {
    const ref = { sha256: sha256(small), size: 26n };
    const folder = await newFolder();
    expect(await subject.store.has(ref)).toBe(false);
    const expected = { reason: 'INTERNAL', message: expect.stringMatching(`Blob ${ref.sha256} \\(26 bytes\\) isn't in .*QUARTET_BLOB_URL`) };
    await expect(subject.store.get(ref)).rejects.toMatchObject(expected);
    await expect(subject.store.fetch(ref, join(folder, 'copy'))).rejects.toMatchObject(expected);
    expect(await readdir(folder)).toEqual([]);
  });

  it('deletes, and deletes again', async () => {
    const ref = await subject.store.put(small);
    await subject.store.delete(ref);
    await subject.store.delete(ref);
    expect(await subject.store.has(ref)).toBe(false);
    expect(await listed()).toEqual([]);
  });

  it('keeps nothing of a stream that breaks off', async () => {
    const broken = Readable.from(
      (async function* () {
        yield large;
        throw new Error('the line went dead');
      })(),
    );
    await expect(subject.store.put(broken)).rejects.toThrow('the line went dead');
    expect(await subject.names()).toEqual([]);
  });

  it('refuses an address that is none', async () => {
    for (const address of ['', '../../etc/passwd', 'A'.repeat(64)]) {
      await expect(subject.store.has({ sha256: address, size: 1n })).rejects.toMatchObject({ reason: 'INVALID_FIELD' });
    }
  });
});

describe('opening', () => {
  it.each([['http://x'], ['/a/path'], ['s3://'], ['']])('refuses the URL "%s"', async (url) => {
    await expect(openBlobStore(url)).rejects.toMatchObject({
      reason: 'INVALID_FIELD',
      message: `QUARTET_BLOB_URL: is "${url}"; expected file:///folder or s3://bucket[/prefix][?endpoint=...].`,
    });
  });

  it('refuses an unknown parameter', async () => {
    await expect(openBlobStore('s3://bucket?endpont=x')).rejects.toThrow('has the parameter "endpont"; expected endpoint or region.');
  });

  it('says so when the bucket is not there', async () => {
    const store = await openBlobStore(await deletedBucket());
    await expect(store.put(Buffer.from('x'))).rejects.toMatchObject({ reason: 'INVALID_FIELD', message: expect.stringMatching(/the bucket of s3:\/\/gone-.* doesn't exist/) });
    await store.close();
  });

  it('is UNAVAILABLE when nothing answers at the endpoint', async () => {
    const store = await openBlobStore('s3://bucket?endpoint=http://127.0.0.1:1');
    await expect(store.has({ sha256: 'a'.repeat(64), size: 1n })).rejects.toMatchObject({ reason: 'UNAVAILABLE', retryAfterMs: 1000 });
    await store.close();
  });
});
