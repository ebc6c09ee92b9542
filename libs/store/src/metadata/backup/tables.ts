import type { Database } from '../sql/schema';

/** Every table but the list of migrations, each after those it refers to. */
export const TABLES = [
  'datasets', 'models', 'versions', 'labels', 'traffic', 'jobs', 'job_events', 'checkpoints', 'idempotency', 'blob_references', 'blob_garbage',
] as const satisfies readonly (keyof Database)[];

export type TableName = (typeof TABLES)[number];

/** Columns that count up by themselves: a restored database goes on after the highest. */
export const COUNTERS = [['jobs', 'ordinal'], ['checkpoints', 'ordinal']] as const;
