import { baseName } from '../paths';
import { corrupt } from '../problems';
import type { IngestOptions } from '../types';

const LEFT_BY_SYSTEMS = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', '.gitkeep', '.gitignore']);

/** Files that desktops and archivers leave behind; they are never data. */
export const isJunk = (path: string): boolean =>
  LEFT_BY_SYSTEMS.has(baseName(path)) || baseName(path).startsWith('._') || path.split('/').includes('__MACOSX');

/** Gathers files that are left out: junk always, others by the caller's policy. */
export class StrayFiles {
  readonly skipped: string[] = [];
  constructor(private readonly policy: IngestOptions['badFiles']) {}

  /** @returns True if the path is junk and has been noted. */
  junk(path: string): boolean {
    if (!isJunk(path)) return false;
    this.skipped.push(`${path} (left by a desktop or an archiver)`);
    return true;
  }

  /**
   * Notes a file that can't be used.
   * @throws QuartetError the given one, unless the policy is to skip.
   */
  bad(path: string, error: Error): void {
    if (this.policy !== 'skip') throw error;
    this.skipped.push(`${path} (${error.message})`);
  }

  /** Notes a file that the format has no place for. */
  unknown(path: string, expected: string): void {
    const received = 'a file that this format has no place for';
    this.bad(path, corrupt(path, { received, expected, remedy: 'Leave it out, or set bad_files to SKIP.' }));
  }
}
