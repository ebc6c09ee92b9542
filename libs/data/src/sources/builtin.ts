import { QuartetError } from '@quartet/contracts';
import type { IngestOptions } from '../types';
import { TAGGED } from './builtins/brown';
import type { Builtin } from './builtins/builtin-data';
import { IMAGES } from './builtins/images';
import { SERIES } from './builtins/series';
import { SOUNDS } from './builtins/sounds';
import { TEXTS } from './builtins/texts';
import { VIDEOS } from './builtins/videos';
import { cachedFiles } from './pinned-package';

/** Data sets by the name after `builtin:`. */
const BUILTIN: Readonly<Record<string, Builtin>> = { ...IMAGES, ...SERIES, ...TEXTS, ...TAGGED, ...SOUNDS, ...VIDEOS };

/** Names that `builtin:` takes. */
export const BUILTINS: readonly string[] = Object.keys(BUILTIN);

/**
 * The files of a built-in data set, fetched on first use into the cache and checked by SHA-256 each time.
 *
 * @param cacheDir QUARTET_CACHE.
 * @throws QuartetError FORBIDDEN_URI for a name that isn't one; UNAVAILABLE when it can't be fetched; CORRUPT_DATA.
 */
export async function resolveBuiltin(
  name: string,
  cacheDir: string,
  signal?: AbortSignal,
): Promise<{ files: Map<string, string>; options: Partial<IngestOptions> }> {
  const builtin = Object.hasOwn(BUILTIN, name) ? BUILTIN[name] : undefined;
  if (!builtin) {
    const known = BUILTINS.map((known) => `builtin:${known}`).join(', ');
    throw new QuartetError('FORBIDDEN_URI', `builtin:${name}: no such built-in data set; expected one of ${known}. Use one of these.`);
  }
  return { files: await cachedFiles(builtin, cacheDir, signal), options: builtin.options };
}
