import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore, type BlobStore } from '@quartet/store';
import { createLogger } from '../logging/logger';
import { ContentCache, type CachedFile } from './content-cache';

describe('ContentCache', () => {
  let root: string;
  let blobs: BlobStore;
  const log = createLogger({ service: 'test', level: 'silent' });
  const cacheOf = (maxBytes = 1_000_000) => new ContentCache({ folder: join(root, 'cache'), blobs, maxBytes, log });
  const file = async (path: string, text: string): Promise<CachedFile> => ({ path, blob: await blobs.put(Buffer.from(text)) });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'quartet-cache-'));
    blobs = await openBlobStore(`file://${root}/blobs`);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('lays files out as a folder, once for all who ask', async () => {
    const files = [await file('manifest.json', '{}'), await file('saved_model/variables/data', 'weights')];
    const cache = cacheOf();
    const folders = await Promise.all([cache.folderOf(files), cache.folderOf(files), cacheOf().folderOf(files)]);
    expect(new Set(folders).size).toBe(1);
    expect(await readFile(join(folders[0], 'saved_model/variables/data'), 'utf8')).toBe('weights');
    expect(await readdir(join(root, 'cache'))).toHaveLength(1);
  });

  it('needs no blobs for what it has, and fetches anew what was discarded', async () => {
    const files = [await file('a', 'one')];
    const cache = cacheOf();
    const folder = await cache.folderOf(files);
    await blobs.delete(files[0]!.blob!);
    expect(await cache.folderOf(files)).toBe(folder);
    await writeFile(join(folder, 'a'), 'damaged');
    await cache.discard(files);
    await file('a', 'one');
    expect(await readFile(join(await cache.folderOf(files), 'a'), 'utf8')).toBe('one');
  });

  it('leaves nothing behind when a blob is missing', async () => {
    const files = [await file('a', 'here'), await file('b', 'gone')];
    await blobs.delete(files[1]!.blob!);
    await expect(cacheOf().folderOf(files)).rejects.toMatchObject({ reason: 'INTERNAL' });
    expect(await readdir(join(root, 'cache'))).toEqual([]);
  });

  it('refuses a path that climbs out', async () => {
    await expect(cacheOf().folderOf([await file('../outside', 'x')])).rejects.toThrow();
    expect(await readdir(root)).not.toContain('outside');
  });

  it('lets the least recently used leave when it is full', async () => {
    const cache = cacheOf(25);
    const first = await cache.folderOf([await file('a', 'first 10 b')]);
    const second = await cache.folderOf([await file('a', 'second10 b')]);
    await utimes(first, new Date(), new Date(Date.now() - 1000));
    await utimes(second, new Date(), new Date(Date.now() - 5000));
    const third = await cache.folderOf([await file('a', 'third 10 b')]);
    expect((await readdir(join(root, 'cache'))).sort()).toEqual([first, third].map((path) => path.slice(path.lastIndexOf('/') + 1)).sort());
  });
});
