import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { QuartetError, type BlobRef } from '@quartet/contracts';
import { checkRelativePath } from '@quartet/data';
import type { BlobStore } from '@quartet/store';
import type { Logger } from '../logging/logger';

export interface ContentCacheOptions {
  folder: string;
  blobs: BlobStore;
  /** Bytes that the cache may take; the least recently used folders beyond it are removed. */
  maxBytes: number;
  log: Logger;
}

/** A file of a cached folder: its path there and its content. */
export interface CachedFile {
  path: string;
  blob: BlobRef | undefined;
}

/** A folder that a killed process left half-filled is removed after this long. */
const ABANDONED_MS = 3_600_000;

/**
 * Sets of blobs (an artefact, a data set) as folders on the local disk, by their content. Several processes may share
 * one cache: a folder is filled beside its place and moved there whole. The blob store verifies each file's SHA-256 as
 * it is read.
 */
export class ContentCache {
  readonly #options: ContentCacheOptions;
  readonly #filling = new Map<string, Promise<string>>();

  constructor(options: ContentCacheOptions) {
    this.#options = options;
  }

  /** The folder that holds these files, fetched if it isn't here. */
  async folderOf(files: readonly CachedFile[]): Promise<string> {
    const key = keyOf(files);
    const filling = this.#filling.get(key) ?? this.#ensure(key, files).finally(() => this.#filling.delete(key));
    this.#filling.set(key, filling);
    return filling;
  }

  /** Forgets a folder whose files proved damaged. */
  async discard(files: readonly CachedFile[]): Promise<void> {
    await rm(join(this.#options.folder, keyOf(files)), { recursive: true, force: true });
  }

  async #ensure(key: string, files: readonly CachedFile[]): Promise<string> {
    const place = join(this.#options.folder, key);
    const now = new Date();
    // The time of the last use is what eviction goes by.
    const here = await utimes(place, now, now).then(() => true, () => false);
    if (!here) {
      await this.#fill(place, files);
      await this.#evict(key);
    }
    return place;
  }

  async #fill(place: string, files: readonly CachedFile[]): Promise<void> {
    const { folder, blobs } = this.#options;
    const staging = join(folder, `.filling-${randomUUID()}`);
    try {
      for (const { path, blob } of files) {
        if (!blob) throw new QuartetError('INTERNAL', `the file ${path} has no blob`);
        const file = join(staging, checkRelativePath(path));
        await mkdir(dirname(file), { recursive: true });
        await blobs.fetch(blob, file);
      }
      await rename(staging, place).catch(async (error: NodeJS.ErrnoException) => {
        // Another process has filled it meanwhile; its content is the same.
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
        await rm(staging, { recursive: true, force: true });
      });
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      throw error;
    }
  }

  async #evict(keep: string): Promise<void> {
    const { folder, maxBytes, log } = this.#options;
    const entries = await Promise.all((await readdir(folder)).map((name) => describe(join(folder, name), name)));
    const now = Date.now();
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const entry of entries.sort((a, b) => a.usedAt - b.usedAt)) {
      const abandoned = entry.name.startsWith('.filling-') && now - entry.usedAt > ABANDONED_MS;
      const surplus = total > maxBytes && entry.name !== keep && !entry.name.startsWith('.');
      if (!abandoned && !surplus) continue;
      await rm(entry.path, { recursive: true, force: true });
      total -= entry.bytes;
      log.debug({ folder: entry.path, bytes: entry.bytes }, 'removed from the cache');
    }
  }
}

/** SHA-256 over paths and contents. */
function keyOf(files: readonly CachedFile[]): string {
  const lines = files.map(({ path, blob }) => `${blob?.sha256} ${path}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

async function describe(path: string, name: string): Promise<{ path: string; name: string; bytes: number; usedAt: number }> {
  try {
    const { mtimeMs } = await stat(path);
    const files = await readdir(path, { recursive: true, withFileTypes: true });
    const sizes = await Promise.all(files.filter((f) => f.isFile()).map(async (f) => (await stat(join(f.parentPath, f.name))).size));
    return { path, name, bytes: sizes.reduce((a, b) => a + b, 0), usedAt: mtimeMs };
  } catch {
    return { path, name, bytes: 0, usedAt: Date.now() }; // Another process is at it.
  }
}
