import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult, TransactionSettings } from 'kysely';
import { databaseError } from './database-error';

/** A dialect whose failures come in Quartet's terms, whoever makes a query: a read that was forgotten would tell a caller of an internal error. */
export function inTerms(dialect: Dialect): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createDriver: () => new DriverInTerms(dialect.createDriver()),
  };
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw databaseError(error);
  }
}

class ConnectionInTerms implements DatabaseConnection {
  constructor(readonly inner: DatabaseConnection) {}

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return translated(this.inner.executeQuery<R>(query));
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}

class DriverInTerms implements Driver {
  constructor(readonly inner: Driver) {}

  init(): Promise<void> {
    return this.inner.init();
  }

  async acquireConnection(): Promise<ConnectionInTerms> {
    return new ConnectionInTerms(await translated(this.inner.acquireConnection()));
  }

  beginTransaction({ inner }: ConnectionInTerms, settings: TransactionSettings): Promise<void> {
    return translated(this.inner.beginTransaction(inner, settings));
  }

  commitTransaction({ inner }: ConnectionInTerms): Promise<void> {
    return translated(this.inner.commitTransaction(inner));
  }

  rollbackTransaction({ inner }: ConnectionInTerms): Promise<void> {
    return translated(this.inner.rollbackTransaction(inner));
  }

  releaseConnection({ inner }: ConnectionInTerms): Promise<void> {
    return this.inner.releaseConnection(inner);
  }

  destroy(): Promise<void> {
    return this.inner.destroy();
  }
}
