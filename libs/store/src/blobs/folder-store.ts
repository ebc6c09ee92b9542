import { createReadStream } from 'node:fs';
import { mkdir, open, opendir, readdir, rm, stat, utimes, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobRef } from '@quartet/contracts';
import { addressIn, HashingStream, keyOf, missingBlob, VerifyingStream } from './address';
import type { BlobSource, BlobStore, ByteRange, StoredBlob } from './blob-store';
import { isMissing, temporaryName, writeAtomically, writeStream } from './disk';

/** Blobs as read-only files in a local folder. */
export class FolderStore implements BlobStore {
  readonly #temporary: string;

  constructor(readonly root: string) {
    this.#temporary = join(root, 'tmp');
  }

  async open(): Promise<this> {
    await mkdir(this.#temporary, { recursive: true });
    await mkdir(join(this.root, 'sha256'), { recursive: true });
    return this;
  }

  async put(source: BlobSource): Promise<BlobRef> {
    const input = streamOf(source);
    return writeAtomically(
      join(this.#temporary, temporaryName()),
      async (handle) => {
        const hashing = new HashingStream();
        await pipeline(input, hashing, (bytes) => handle.writeFile(bytes));
        await handle.chmod(0o444);
        return hashing.ref();
      },
      async (ref) => {
        if (await this.#refresh(ref)) return undefined;
        const file = this.#path(ref);
        await mkdir(dirname(file), { recursive: true });
        return file;
      },
    );
  }

  async get(ref: BlobRef, range?: ByteRange): Promise<Readable> {
    const handle = await this.#open(ref);
    const bytes = handle.createReadStream(range ?? {});
    if (range) return bytes;
    const verified = new VerifyingStream(ref, this.root);
    // The caller sees every failure on the stream it holds.
    void pipeline(bytes, verified).catch(() => undefined);
    return verified;
  }

  async fetch(ref: BlobRef, file: string): Promise<void> {
    await writeStream(file, () => this.get(ref));
  }

  async has(ref: BlobRef): Promise<boolean> {
    try {
      return BigInt((await stat(this.#path(ref))).size) === ref.size;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async delete(ref: Pick<BlobRef, 'sha256'>): Promise<void> {
    await rm(this.#path(ref), { force: true });
  }

  async *list(): AsyncIterable<StoredBlob> {
    const folder = await opendir(join(this.root, 'sha256'), { recursive: true });
    for await (const entry of folder) {
      const sha256 = addressIn(entry.name);
      if (!entry.isFile() || !sha256) continue;
      const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
      if (found) yield { ref: { sha256, size: BigInt(found.size) }, modifiedAt: found.mtime };
    }
  }

  async removeLeftovers(olderThanMs: number): Promise<void> {
    for (const name of await readdir(this.#temporary)) {
      const file = join(this.#temporary, name);
      const found = await stat(file).catch(() => undefined);
      if (found && Date.now() - found.mtimeMs > olderThanMs) await rm(file, { force: true });
    }
  }

  async close(): Promise<void> {}

  /** Makes the blob young again; false if it isn't there, or isn't whole. */
  async #refresh(ref: BlobRef): Promise<boolean> {
    if (!(await this.has(ref))) return false;
    const now = new Date();
    try {
      await utimes(this.#path(ref), now, now);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async #open(ref: BlobRef): Promise<FileHandle> {
    try {
      return await open(this.#path(ref), 'r');
    } catch (error) {
      throw isMissing(error) ? missingBlob(ref, this.root) : error;
    }
  }

  #path(ref: Pick<BlobRef, 'sha256'>): string {
    return join(this.root, keyOf(ref.sha256));
  }
}

export function streamOf(source: BlobSource): Readable {
  if (typeof source === 'string') return createReadStream(source);
  // Readable.from() would send a byte array element by element.
  return source instanceof Readable ? source : Readable.from([source]);
}
