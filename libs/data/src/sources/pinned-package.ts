import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { QuartetError } from '@quartet/contracts';

/** Files of a package that are known by their SHA-256. */
export interface PinnedFiles {
  /** Names the package and its version; also the folder in the cache. */
  id: string;
  /** Name of a file -> SHA-256, hex. */
  sha256: Readonly<Record<string, string>>;
  /** Brings the files into an empty folder. @param cacheDir For what several built-ins are made of. */
  fetch: (folder: string, signal: AbortSignal | undefined, cacheDir: string) => Promise<void>;
}

/**
 * The pinned files, from the cache or fetched into it. Each is compared with its SHA-256 every time. What is fetched
 * appears under its name by one rename, so that any number of processes may do so at once.
 *
 * @returns name -> path on this machine.
 * @throws QuartetError CORRUPT_DATA if what was fetched differs; what `fetch` throws.
 */
export async function cachedFiles(pinned: PinnedFiles, cacheDir: string, signal?: AbortSignal): Promise<Map<string, string>> {
  const parent = join(cacheDir, 'datasets');
  const folder = join(parent, pinned.id);
  if ((await firstWrong(folder, pinned)) === undefined) return filesIn(folder, pinned);
  await mkdir(parent, { recursive: true });
  const fresh = await mkdtemp(join(parent, '.fetching-'));
  try {
    await pinned.fetch(fresh, signal, cacheDir);
    const wrong = await firstWrong(fresh, pinned);
    if (wrong) {
      const remedy = "The source has changed or was tampered with: don't use it.";
      throw new QuartetError('CORRUPT_DATA', `${pinned.id}: fetched ${wrong}; expected the SHA-256 pinned for it. ${remedy}`);
    }
    // mkdtemp's folders are for their owner alone; the cache may be shared.
    await chmod(fresh, 0o755);
    await place(fresh, folder, pinned);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return filesIn(folder, pinned);
}

/** Moves the fetched folder to its place, unless another process was faster. */
async function place(fresh: string, folder: string, pinned: PinnedFiles): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      return await rename(fresh, folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      if ((await firstWrong(folder, pinned)) === undefined) return;
      // A damaged copy is in the way; it goes by a rename too, since another process may be reading it.
      const aside = `${fresh}-damaged-${attempt}`;
      await rename(folder, aside).catch(() => undefined);
      await rm(aside, { recursive: true, force: true });
    }
  }
  throw new QuartetError('UNAVAILABLE', `${folder}: could not be replaced. Remove it and try again.`);
}

/** What is wrong in a folder: a file missing, or of another SHA-256. */
async function firstWrong(folder: string, { sha256 }: PinnedFiles): Promise<string | undefined> {
  for (const [name, expected] of Object.entries(sha256)) {
    const actual = await sha256Of(join(folder, name)).catch(() => 'missing');
    if (actual !== expected) return `${name} (SHA-256 ${actual}, pinned ${expected})`;
  }
  return undefined;
}

const filesIn = (folder: string, { sha256 }: PinnedFiles): Map<string, string> =>
  new Map(Object.keys(sha256).map((name) => [name, join(folder, name)]));

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
