import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { QuartetError, type BackupResponse, type BackupServiceService, type BlobRef } from '@quartet/contracts';
import type { CallContext, Implementation } from '@quartet/service-kit';
import type { BlobStore, Metadata } from '@quartet/store';
import type { Staging } from '../datasets/staging';
import { blobPath, FORMAT, ROWS, SUMMARY, type BackupSummary } from './backup-files';

export interface BackupParts {
  blobs: BlobStore;
  metadata: Metadata;
  staging: Staging;
}

export function backupService(parts: BackupParts): Implementation<typeof BackupServiceService> {
  return { backup: (_, ctx) => backup(parts, ctx) };
}

/** The database at one moment, the blobs that it names, and what a restore checks them by. */
async function* backup({ blobs, metadata, staging }: BackupParts, { signal }: CallContext): AsyncGenerator<BackupResponse> {
  const folder = await mkdtemp(join(staging.root, `${process.pid}-`));
  const release = metadata.blobs.keep();
  try {
    const createdAt = new Date().toISOString();
    // Into a file first: a caller that reads slowly must not hold the database's transaction.
    const { blobs: named, ...database } = await metadata.dump(join(folder, ROWS));
    yield* fileOf(ROWS, database.size, createReadStream(join(folder, ROWS)));
    let bytes = 0;
    for (const ref of await found(blobs, named)) {
      signal.throwIfAborted();
      bytes += Number(ref.size);
      yield* fileOf(blobPath(ref.sha256), Number(ref.size), await blobs.get(ref));
    }
    const summary: BackupSummary = { format: FORMAT, createdAt, database, blobs: { count: named.length, bytes } };
    const text = Buffer.from(`${JSON.stringify(summary, null, 1)}\n`);
    yield { path: SUMMARY, data: text, fileSize: BigInt(text.length) };
  } finally {
    release();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The named blobs with their sizes, which only the store knows. */
async function found(store: BlobStore, named: readonly string[]): Promise<BlobRef[]> {
  const missing = new Set(named);
  const refs: BlobRef[] = [];
  for await (const { ref } of store.list()) if (missing.delete(ref.sha256)) refs.push(ref);
  const [one] = missing;
  if (one === undefined) return refs;
  throw new QuartetError('UNAVAILABLE', `Blob ${one} isn't in the blob store, though the database named it when the backup began; another registry may have deleted it meanwhile. Start the backup again.`, { retryAfterMs: 1000 });
}

async function* fileOf(path: string, size: number, bytes: AsyncIterable<Buffer> & { destroy(): void }): AsyncGenerator<BackupResponse> {
  const fileSize = BigInt(size);
  if (size === 0) yield { path, data: Buffer.alloc(0), fileSize };
  try {
    for await (const data of bytes) yield { path, data, fileSize };
  } finally {
    bytes.destroy();
  }
}
