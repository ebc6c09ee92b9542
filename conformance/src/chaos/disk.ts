import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SIZE = '192m';
/** What is left when it is full. */
const LEFT_BYTES = 8192;
const CHUNK = Buffer.alloc(1 << 20);

/** A small file system at a folder, if this user may mount one; there is no other way to a disk that is really full. */
export class SmallDisk {
  readonly #filler: string;

  private constructor(readonly folder: string) {
    this.#filler = join(folder, 'filler');
  }

  static at(folder: string): SmallDisk | undefined {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder], { stdio: 'ignore' });
      return new SmallDisk(folder);
    } catch {
      return undefined;
    }
  }

  fill(): void {
    const file = openSync(this.#filler, 'w');
    try {
      for (;;) {
        const { bavail, bsize } = statfsSync(this.folder);
        const room = bavail * bsize - LEFT_BYTES;
        if (room <= 0) return;
        writeSync(file, CHUNK, 0, Math.min(CHUNK.length, room));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error; // Someone else took the last bytes.
    } finally {
      fsyncSync(file);
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.folder]);
  }
}
