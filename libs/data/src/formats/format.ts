import type { ReadContext } from '../files/read-file';
import type { IngestOptions, IngestProgress } from '../types';
import type { Source } from '../ingest/source';

/** What a reader of a format is given. */
export interface FormatInput {
  /** Path inside the data set -> path on this machine, in order of path. At least one. */
  files: ReadonlyMap<string, string>;
  options: IngestOptions;
  context: ReadContext;
  onProgress: (progress: IngestProgress) => void;
  /** Gives a folder for what must be unpacked; it is removed when reading is over. */
  scratch: () => Promise<string>;
}

/** Reads the files of one format. */
export type FormatReader = (input: FormatInput) => Promise<Source>;
