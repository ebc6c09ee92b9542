import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QuartetError } from '@quartet/contracts';
import { isBelow, listFolder } from '../files/list-folder';
import type { Limits } from '../types';

/**
 * The files at a `file:` URI, which must lie below the import root once all symbolic links are resolved. They are read
 * where they are, not copied.
 *
 * @throws QuartetError FORBIDDEN_URI. It doesn't tell whether something outside the root exists.
 */
export async function resolveFile(uri: string, importRoot: string, limits: Limits): Promise<Map<string, string>> {
  const refuse = (received: string, expected: string, remedy: string) =>
    new QuartetError('FORBIDDEN_URI', `${uri.slice(0, 500)}: ${received}; expected ${expected}. ${remedy}`);
  if (importRoot === '') {
    throw refuse('file: URIs are not allowed here', 'a built-in or an upload', 'Ask the operator to set QUARTET_IMPORT_ROOT.');
  }
  const root = await realpath(importRoot).catch(() => {
    throw refuse('the import root does not exist', 'a folder there', 'Ask the operator to check QUARTET_IMPORT_ROOT.');
  });
  const path = localPath(uri);
  if (path === undefined) throw refuse('no local path', 'file:///absolute/path', 'Write the URI with three slashes.');
  const place = await realpath(path).catch(() => undefined);
  if (place === undefined || !isBelow(root, place)) {
    throw refuse('nothing that may be imported', 'a file or folder below QUARTET_IMPORT_ROOT', 'Move the data there, without symbolic links that lead out.');
  }
  const found = await stat(place);
  if (found.isDirectory()) return listFolder(place, root, limits);
  // A pipe would keep its reader waiting for ever; a device may have no end.
  if (!found.isFile()) throw refuse('neither a file nor a folder', 'a plain file or a folder', 'Copy the data into one.');
  return new Map([[basename(path), place]]);
}

function localPath(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}
