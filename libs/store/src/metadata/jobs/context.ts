import type { BlobReferences } from '../blob-references';
import type { Datasets } from '../datasets';
import type { Queue } from '../queue';
import type { Signals } from '../signals';
import type { Sql } from '../sql/connection';

/** What the operations on jobs work with. */
export interface JobContext {
  readonly db: Sql;
  readonly queue: Queue;
  readonly signals: Signals;
  readonly blobs: BlobReferences;
  readonly datasets: Datasets;
  readonly leaseMs: number;
}
