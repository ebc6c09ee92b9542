import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { QuartetError, type Settings } from '@quartet/contracts';
import { openBlobStore, restoreMetadata } from '@quartet/store';
import { readSummary, ROWS, SUMMARY, type BackupSummary } from './backup-files';

/**
 * Brings a backup's folder into an empty place: the blob store and the database that the settings name. Blobs first, so that whatever the
 * database names is there; the database in one transaction. After an interruption it is run again.
 * @throws QuartetError CORRUPT_DATA for a backup that isn't whole or was changed; WRONG_STATE if the database isn't empty or is in use.
 */
export async function restore(settings: Settings, folder: string): Promise<BackupSummary> {
  const text = await readFile(join(folder, SUMMARY), 'utf8').catch((cause: unknown) => {
    throw new QuartetError('CORRUPT_DATA', `${folder} has no ${SUMMARY}: it is no backup, or one that was interrupted. Give the folder that \`quartet backup\` made.`, { cause });
  });
  const summary = readSummary(text);
  await checkRows(join(folder, ROWS), summary);
  const files = await blobFiles(join(folder, 'blobs'));
  if (files.length !== summary.blobs.count) throw new QuartetError('CORRUPT_DATA', `The backup has ${files.length} blobs, expected ${summary.blobs.count}. Take another copy of it.`);
  const blobs = await openBlobStore(settings.QUARTET_BLOB_URL);
  try {
    for (const { name, path } of files) {
      const { sha256 } = await blobs.put(path);
      if (sha256 === name) continue;
      await blobs.delete({ sha256 });
      throw new QuartetError('CORRUPT_DATA', `${path} holds other bytes than its name says (SHA-256 ${sha256}). Take another copy of the backup.`);
    }
  } finally {
    await blobs.close();
  }
  await restoreMetadata(settings, join(folder, ROWS), summary.database.migrations);
  return summary;
}

async function checkRows(file: string, { database }: BackupSummary): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const received = hash.digest('hex');
  if (received !== database.sha256) throw new QuartetError('CORRUPT_DATA', `${file} was changed: its SHA-256 is ${received}, expected ${database.sha256}. Take another copy of the backup.`);
}

async function blobFiles(root: string): Promise<{ name: string; path: string }[]> {
  if (!(await stat(root).catch(() => undefined))) return [];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name, parentPath }) => ({ name, path: join(parentPath, name) }));
}
