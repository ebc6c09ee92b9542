// Whole folders, copied or linked.
import { copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const all = () => true;

export const copyTree = (from, to, filter = all) => cpSync(from, to, { recursive: true, filter });

/** The files of a folder under another name, by hard links: gigabytes at once. @param filter as of cpSync, of paths in `from` */
export function linkTree(from, to, filter = all) {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (!filter(source)) continue;
    if (entry.isDirectory()) linkTree(source, target, filter);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkOrCopy(source, target);
  }
}

function linkOrCopy(source, target) {
  try {
    linkSync(source, target);
  } catch (error) {
    // Another file system.
    if (error.code !== 'EXDEV') throw error;
    copyFileSync(source, target);
  }
}
