import { QuartetError } from '@quartet/contracts';

/** Files of a backup's folder beside the blobs. */
export const ROWS = 'database.jsonl';
/** Comes last: without it a backup isn't whole. */
export const SUMMARY = 'backup.json';
export const FORMAT = 1;

/** What `backup.json` says. */
export interface BackupSummary {
  readonly format: number;
  readonly createdAt: string;
  readonly database: { readonly sha256: string; readonly size: number; readonly migrations: number; readonly rows: Readonly<Record<string, number>> };
  readonly blobs: { readonly count: number; readonly bytes: number };
}

/** Where a blob lies in a backup, as in a blob store that is a folder. */
export const blobPath = (sha256: string): string => `blobs/sha256/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;

export function readSummary(text: string): BackupSummary {
  const wrong = (what: string): QuartetError => new QuartetError('CORRUPT_DATA', `${SUMMARY} ${what}. Take another copy of the backup.`);
  let summary: Partial<BackupSummary> | null;
  try {
    summary = JSON.parse(text) as Partial<BackupSummary> | null;
  } catch {
    throw wrong('is no JSON');
  }
  if (summary?.format !== FORMAT) throw wrong(`has format ${JSON.stringify(summary?.format)}, expected ${FORMAT}`);
  const { database, blobs } = summary;
  if (!/^[0-9a-f]{64}$/.test(database?.sha256 ?? '') || !Number.isSafeInteger(database?.migrations) || !Number.isSafeInteger(blobs?.count)) throw wrong('names no database or no blobs');
  return summary as BackupSummary;
}
