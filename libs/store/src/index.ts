/**
 * What Quartet keeps. Blobs (`openBlobStore`) are for every process; metadata and the job queue are the registry's, and
 * their database packages load only when it opens them.
 */
import type { Metadata, MetadataOptions } from './metadata/open';
import type * as MetadataModule from './metadata/open';
import type * as RestoreModule from './metadata/backup/restore';

export type { BlobSource, BlobStore, ByteRange, StoredBlob } from './blobs/blob-store';
export { openBlobStore, downloadS3, importEndpoints, type S3ImportOptions } from './blobs/open';
export { diskError } from './blobs/disk';
export type { Metadata, MetadataOptions } from './metadata/open';
export type { Dump } from './metadata/backup/dump';
export { checkName } from './metadata/names';

/**
 * Opens the registry's database: embedded below QUARTET_HOME, or the PostgreSQL server at QUARTET_DATABASE_URL.
 * @throws QuartetError WRONG_STATE if another process owns the embedded one, or if a newer release made the database;
 * UNAVAILABLE if the server doesn't answer.
 */
export async function openMetadata(options: MetadataOptions): Promise<Metadata> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded late, and an import() would not run inside jest's CommonJS
  const { openMetadata: open } = require('./metadata/open') as typeof MetadataModule;
  return open(options);
}

/**
 * Brings the rows of a backup, the file that `Metadata.dump` wrote, into an empty database.
 * @param migrations How many the database had that it was made of.
 * @throws QuartetError WRONG_STATE if the database isn't empty, is in use, or the backup is of a newer release; CORRUPT_DATA.
 */
export async function restoreMetadata(settings: MetadataOptions['settings'], file: string, migrations: number): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const { restoreMetadata: restore } = require('./metadata/backup/restore') as typeof RestoreModule;
  return restore(settings, file, migrations);
}
