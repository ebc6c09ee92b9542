import { QuartetError } from '@quartet/contracts';
import { realpath } from 'node:fs/promises';
import { listFolder } from '../files/list-folder';
import { resolveLimits } from '../limits';
import type { IngestOptions, IngestProgress, Limits } from '../types';
import { BUILTINS, resolveBuiltin } from './builtin';
import { resolveFile } from './resolve-file';

export interface FetchOptions {
  /** Folder below which `file:` URIs may point (QUARTET_IMPORT_ROOT); empty: none may. */
  importRoot: string;
  /** Folder for fetched packages (QUARTET_CACHE). */
  cacheDir: string;
  /** Downloads all objects at an `s3:` URI into a folder; absent: `s3:` is refused. */
  s3?: (uri: string, dir: string, signal?: AbortSignal) => Promise<void>;
  limits?: Partial<Limits>;
  onProgress?: (progress: IngestProgress) => void;
  signal?: AbortSignal;
}

export interface FetchedSource {
  /** Path inside the data set -> path on this machine; input to `ingest`. Not all lie in `dir`. */
  files: Map<string, string>;
  /** What is known of the format: built-ins say all that `ingest` needs. */
  options: Partial<IngestOptions>;
}

/**
 * Makes the files behind a URI available on this machine: `builtin:mnist`, `file:///path` (a file, or all files below a
 * folder), `s3://bucket/key`.
 *
 * @param dir An empty folder for what must be downloaded.
 * @throws QuartetError FORBIDDEN_URI: another scheme, or a place that isn't allowed; UNAVAILABLE: can't be fetched.
 */
export async function fetchUri(uri: string, dir: string, options: FetchOptions): Promise<FetchedSource> {
  const limits = resolveLimits(options.limits);
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase();
  const report = (done: number, total: number): void => options.onProgress?.({ stage: 'fetch', done, total, unit: 'bytes' });
  report(0, 0);
  if (scheme === 'builtin') return resolveBuiltin(uri.slice('builtin:'.length), options.cacheDir, options.signal);
  if (scheme === 'file') return { files: await resolveFile(uri, options.importRoot, limits), options: {} };
  if (scheme === 's3' && options.s3) {
    await options.s3(uri, dir, options.signal);
    return { files: await listFolder(dir, await realpath(dir), limits), options: {} };
  }
  const allowed = [...BUILTINS.map((name) => `builtin:${name}`), 'file:///path', ...(options.s3 ? ['s3://bucket/key'] : [])];
  const received = scheme === 's3' ? 's3: is not set up here' : scheme ? `scheme "${scheme}:" is not allowed` : 'there is no scheme';
  throw new QuartetError('FORBIDDEN_URI', `${uri.slice(0, 200)}: ${received}; expected one of ${allowed.join(', ')}. Upload the files instead.`);
}
