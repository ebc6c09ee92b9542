import type { IngestOptions, IngestProgress, Limits } from '../types';
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
export async function fetchUri(_uri: string, _dir: string, _options: FetchOptions): Promise<FetchedSource> { throw new Error('in work'); }
