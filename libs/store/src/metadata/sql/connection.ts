import type { Kysely, Transaction } from 'kysely';
import type { Db as QueueDatabase } from 'pg-boss';
import type { Database } from './schema';

export type Sql = Kysely<Database>;
export type Trx = Transaction<Database>;

/** One PostgreSQL, wherever it runs. */
export interface Connection {
  readonly kind: 'pglite' | 'postgres';
  /** Typed queries; every table is in the schema `quartet`. */
  readonly db: Sql;
  /** The same database as the job queue wants it. */
  readonly queue: QueueDatabase;
  /**
   * Calls `received` with the payload of each `pg_notify(channel, payload)` of any process, and with undefined when some
   * may have been missed.
   */
  listen(channel: string, received: (payload: string | undefined) => void): Promise<void>;
  /** Runs `work` while no other process does the same: making and migrating tables. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
