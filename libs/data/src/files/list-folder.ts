import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { byCodeUnit } from '../paths';
import { corrupt } from '../problems';
import type { Limits } from '../types';
import { tooManyFiles } from './zip';

/** True if `path` is `root` or lies below it; both are real paths. */
export function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep));
}

/**
 * All files below a folder, by their path from it with `/`, in order.
 * @param root A real path. Symbolic links to files below it are followed; others are refused.
 */
export async function listFolder(folder: string, root: string, limits: Limits): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const walk = async (dir: string, prefix: string): Promise<void> => {
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      const [path, local] = [`${prefix}${entry.name}`, join(dir, entry.name)];
      if (entry.isDirectory()) await walk(local, `${path}/`);
      else if (entry.isSymbolicLink()) found.set(path, await followLink(path, local, root));
      else if (entry.isFile()) found.set(path, local);
      else throw corrupt(path, { received: 'neither a file nor a folder', expected: 'plain files', remedy: 'Remove it.' });
      if (found.size > limits.maxFiles) throw tooManyFiles(folder, found.size, limits.maxFiles);
    }
  };
  await walk(folder, '');
  return new Map([...found].sort(([a], [b]) => byCodeUnit(a, b)));
}

async function followLink(path: string, local: string, root: string): Promise<string> {
  const target = await realpath(local).catch(() => undefined);
  if (target !== undefined && isBelow(root, target) && (await stat(target)).isFile()) return target;
  throw corrupt(path, {
    received: target === undefined ? 'a symbolic link to nothing' : 'a symbolic link that leads out of the folder or to a folder',
    expected: 'a plain file, or a link to one below the same folder',
    remedy: 'Replace the link by the file itself.',
  });
}
