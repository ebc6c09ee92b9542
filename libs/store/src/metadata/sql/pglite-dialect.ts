import type { PGlite } from '@electric-sql/pglite';
import {
  CompiledQuery, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type DatabaseConnection, type Dialect, type Driver, type QueryResult,
} from 'kysely';
import type { Mutex } from './mutex';

/**
 * Kysely on PGlite. PGlite has one session; kysely's own dialect lets a query of one caller slip into the open transaction
 * of another, so here whoever holds the connection holds the session, and the job queue waits for the same mutex.
 */
export function pgliteDialect(pglite: PGlite, session: Mutex): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => new PGliteDriver(pglite, session),
  };
}

class PGliteConnection implements DatabaseConnection {
  constructor(
    readonly pglite: PGlite,
    readonly release: () => void,
  ) {}

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affectedRows } = await this.pglite.query<R>(sql, [...parameters]);
    return { rows, numAffectedRows: affectedRows === undefined ? undefined : BigInt(affectedRows) };
  }

  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('The embedded database streams no queries.');
  }
}

class PGliteDriver implements Driver {
  constructor(
    readonly pglite: PGlite,
    readonly session: Mutex,
  ) {}

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}

  async acquireConnection(): Promise<PGliteConnection> {
    return new PGliteConnection(this.pglite, await this.session.lock());
  }

  async releaseConnection(connection: PGliteConnection): Promise<void> {
    connection.release();
  }

  async beginTransaction(connection: PGliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('BEGIN'));
  }

  async commitTransaction(connection: PGliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('COMMIT'));
  }

  async rollbackTransaction(connection: PGliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('ROLLBACK'));
  }
}
