import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders for data on its way in. One goes when its call ends; those of a killed process go at the next start. */
export class Staging {
  private constructor(readonly root: string) {}

  static async open(root: string): Promise<Staging> {
    await mkdir(root, { recursive: true });
    for (const name of await readdir(root)) {
      if (!isAlive(Number.parseInt(name, 10))) await rm(join(root, name), { recursive: true, force: true });
    }
    return new Staging(root);
  }

  /** Runs `work` with a new folder and removes the folder, whatever happens. */
  async use<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.root, `${process.pid}-${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Folders are named after the process that made them; this one has made none yet. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
