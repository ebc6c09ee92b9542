import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { pathProblem } from '../paths';
import { checkSignal, corrupt, overLimit, textOf } from '../problems';
import { checkInflated, tooLarge, type ReadContext } from './read-file';

const WHOLE_ARCHIVE = 'a complete zip archive';
const PACK_AGAIN = 'Pack it again, with plain files in it.';
const FILE_TYPE = 0xf000;
const SYMBOLIC_LINK = 0xa000;
/** Stored and deflated: what yauzl, and everyone, reads. */
const METHODS = new Set([0, 8]);

/** A zip archive whose every entry has been checked; nothing has been unpacked yet. */
export interface CheckedZip {
  /** Files by path, folders left out. */
  readonly entries: ReadonlyMap<string, Entry>;
  read(entry: Entry): Promise<Buffer>;
  /** Unpacks an entry into a file; its own name plays no part in where. */
  extract(entry: Entry, file: string): Promise<void>;
  close(): void;
}

/**
 * Opens a zip archive and checks all of its directory before anything is unpacked: paths that climb or are absolute,
 * symbolic links, encryption, duplicates, how many files, how large, how strongly compressed. While unpacking, yauzl
 * holds each entry to the size it states.
 *
 * @throws QuartetError CORRUPT_DATA, LIMIT_EXCEEDED
 */
export async function openZip(path: string, name: string, context: ReadContext): Promise<CheckedZip> {
  const archiveBytes = (await stat(path)).size;
  const zip = await guarded(name, () => openPromise(path, { autoClose: false, lazyEntries: true, strictFileNames: true }));
  try {
    const entries = await guarded(name, () => listEntries(zip, name, archiveBytes, context));
    return {
      entries,
      read: (entry) => guarded(`${name}/${entry.fileName}`, () => readEntry(zip, entry, context)),
      extract: (entry, file) =>
        guarded(`${name}/${entry.fileName}`, async () => {
          // First: where it fails, nobody would hear of what becomes of a file that is being opened for it.
          const source = await zip.openReadStreamPromise(entry);
          await pipeline(source, checksumOf(entry), createWriteStream(file, { flags: 'wx' }), { signal: context.signal });
        }),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function listEntries(zip: ZipFile, name: string, archiveBytes: number, { limits, signal }: ReadContext) {
  const entries = new Map<string, Entry>();
  let total = 0;
  if (zip.entryCount > limits.maxFiles) throw tooManyFiles(name, zip.entryCount, limits.maxFiles);
  for await (const entry of zip.eachEntry()) {
    checkSignal(signal);
    if (entry.fileName.endsWith('/')) continue;
    checkEntry(entry, name);
    if (entries.has(entry.fileName)) {
      throw corrupt(name, { received: `two entries named "${entry.fileName}"`, expected: 'one a name', remedy: PACK_AGAIN });
    }
    entries.set(entry.fileName, entry);
    total += entry.uncompressedSize;
    if (total > limits.maxBytes) throw tooLarge(`${name} (unpacked)`, total, limits);
  }
  // Over the whole archive, since entries may share compressed bytes.
  checkInflated(name, total, archiveBytes, limits);
  return entries;
}

function checkEntry(entry: Entry, name: string): void {
  const wrong = pathProblem(entry.fileName);
  const where = `entry ${JSON.stringify(entry.fileName.slice(0, 200))}`;
  if (wrong) throw corrupt(name, { received: `${where}, which ${wrong}`, expected: 'relative paths', remedy: PACK_AGAIN });
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK) {
    throw corrupt(name, { received: `${where}, a symbolic link`, expected: 'plain files', remedy: PACK_AGAIN });
  }
  if (entry.isEncrypted()) {
    throw corrupt(name, { received: `${where}, which is encrypted`, expected: 'plain files', remedy: 'Pack it without a password.' });
  }
  if (!METHODS.has(entry.compressionMethod)) {
    throw corrupt(name, {
      received: `${where} with compression method ${entry.compressionMethod}`,
      expected: 'stored (0) or deflated (8)',
      remedy: PACK_AGAIN,
    });
  }
}

export function tooManyFiles(name: string, count: number, maxFiles: number) {
  return overLimit(name, {
    received: `${count} files`,
    expected: `at most ${maxFiles}`,
    remedy: 'Send fewer files, or ask the operator to raise QUARTET_MAX_DATASET_FILES.',
  });
}

async function readEntry(zip: ZipFile, entry: Entry, { signal }: ReadContext): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(entry.uncompressedSize);
  let at = 0;
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    checkSignal(signal);
    at += chunk.copy(bytes, at);
  }
  checkCrc(entry, crc32(bytes));
  return bytes;
}

/** Passes bytes on and, at their end, compares their CRC-32 with the entry's, which yauzl leaves to its caller. */
const checksumOf = (entry: Entry) =>
  async function* (source: AsyncIterable<Buffer>) {
    let sum = 0;
    for await (const chunk of source) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
    checkCrc(entry, sum);
  };

function checkCrc(entry: Entry, sum: number): void {
  if (sum !== entry.crc32) throw new Error(`CRC-32 ${sum.toString(16)} where the archive says ${entry.crc32.toString(16)}`);
}

/** Turns what yauzl and zlib say about damaged archives into a problem of the file. */
async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, name: kind, reason } = error as NodeJS.ErrnoException & { reason?: string };
    const ours = reason !== undefined || kind === 'AbortError';
    // A code that isn't zlib's comes from the file system, and is no fault of the archive.
    if (ours || (code !== undefined && !code.startsWith('Z_'))) throw error;
    throw corrupt(name, { received: textOf(error), expected: WHOLE_ARCHIVE, remedy: PACK_AGAIN, cause: error });
  }
}

/** Unpacks every entry into a folder, under numbers for names. @returns path in the archive -> local file. */
export async function extractAll(zip: CheckedZip, folder: string, signal?: AbortSignal): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [path, entry] of zip.entries) {
    checkSignal(signal);
    const file = join(folder, String(files.size));
    await zip.extract(entry, file);
    files.set(path, file);
  }
  return files;
}
