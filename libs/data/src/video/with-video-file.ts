import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QuartetError } from '@quartet/contracts';

/**
 * Lends bytes as a file: most video files can't be read as a stream, their table of contents being at their end.
 * @throws QuartetError DISK_FULL; what `use` throws.
 */
export async function* withVideoFile<T>(bytes: Uint8Array, use: (file: string) => AsyncIterable<T>): AsyncGenerator<T> {
  const folder = await mkdtemp(join(tmpdir(), `quartet-video-${process.pid}-`));
  try {
    const file = join(folder, 'video');
    await writeFile(file, bytes, { mode: 0o600 }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOSPC') throw cause;
      throw new QuartetError('DISK_FULL', `no space left for a video of ${bytes.length} bytes in ${tmpdir()}; free some and try again`, { cause });
    });
    yield* use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
