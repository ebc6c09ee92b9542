import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { QuartetError } from '@quartet/contracts';

/** Turns "no space left" into QuartetError DISK_FULL and passes every other error on. */
export function diskError(error: unknown, place: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new QuartetError('DISK_FULL', `No space left for writing in ${place} (${code}). Nothing was kept; free some space and try again.`, {
    cause: error,
  });
}

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';

/**
 * Writes a file by way of a temporary one: `write` fills it; it is then flushed to the device and renamed. Whatever goes
 * wrong, neither a temporary nor a half-written file stays.
 * @param temporary path of the temporary file, on the same file system as the file.
 * @param target the file's path, or a function that gives it once `write` is done; undefined means to keep nothing.
 */
export async function writeAtomically<T>(
  temporary: string,
  write: (handle: FileHandle) => Promise<T>,
  target: (result: T) => string | undefined | Promise<string | undefined>,
): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx', 0o644);
    const result = await write(handle);
    await handle.sync();
    await handle.close();
    const file = await target(result);
    if (file === undefined) await rm(temporary);
    else {
      await rename(temporary, file);
      await syncFolder(dirname(file));
    }
    return result;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw diskError(error, dirname(temporary));
  }
}

/** Writes what a stream brings to a file, whose folder is made: the file is whole or not there. */
export async function writeStream(file: string, open: () => Promise<Readable>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const bytes = await open();
  await writeAtomically(
    join(dirname(file), temporaryName()),
    (handle) => handle.writeFile(bytes),
    () => file,
  );
}

/** A rename is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export const temporaryName = (): string => `tmp-${randomUUID()}`;
