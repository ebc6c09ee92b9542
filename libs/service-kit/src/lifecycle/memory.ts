import type { KoffiFunc } from 'koffi';
import type { Settings } from '@quartet/contracts';
import type { Logger } from '../logging/logger';

/** malloc_trim(3) of glibc: gives all whole pages that nothing lies in back to the system, in the middle of a heap too. */
type Trim = KoffiFunc<(keptAtTheTop: number) => number>;

/** @throws where the C library has no such function */
export async function findTrim(): Promise<Trim> {
  const { load } = await import('koffi');
  return load(null).func('int malloc_trim(size_t pad)') as Trim;
}

/**
 * Gives memory that was needed once back, every QUARTET_MEMORY_TRIM_MS. By itself glibc keeps what the largest batches took, in each of its arenas: a
 * service would grow for hours, with every batch that is larger than any before (docs/decisions/0151-memory-given-back.md). It is done in a thread of
 * libuv's, so that the event loop doesn't wait for it; nor does the end of the process.
 */
export async function giveMemoryBack({ QUARTET_MEMORY_TRIM_MS: everyMs }: Pick<Settings, 'QUARTET_MEMORY_TRIM_MS'>, log: Logger): Promise<void> {
  if (everyMs === 0) return;
  let trim: Trim;
  try {
    trim = await findTrim();
  } catch (err) {
    // Another C library, musl's for one. A service is as good without.
    log.debug({ err }, 'memory that is free stays with the process');
    return;
  }
  const again = () =>
    setTimeout(() => trim.async(0, (err: unknown) => (err ? log.warn({ err }, 'memory that is free could not be given back') : again())), everyMs).unref();
  again();
}
