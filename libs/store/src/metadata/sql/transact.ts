import { setTimeout as sleep } from 'node:timers/promises';
import { QuartetError } from '@quartet/contracts';
import type { Sql, Trx } from './connection';

/** Serialization failure and deadlock: the transaction did nothing and may be tried again. */
const RETRIABLE = new Set(['40001', '40P01']);
/** A text with a NUL, which PostgreSQL has no place for, or a number beyond its type. Only a caller's value can be that. */
const UNSTORABLE = new Set(['22021', '22P05', '22003']);
const CONNECTION_LOST = /^(08|57P0|53300)|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/;
const ATTEMPTS = 5;

/** Runs `work` in one transaction; deadlocks are tried again, and other failures of the database get Quartet's terms. */
export async function transact<T>(db: Sql, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (!RETRIABLE.has(codeOf(error)) || attempt === ATTEMPTS) throw databaseError(error);
      await sleep(10 * attempt + Math.random() * 20);
    }
  }
}

/** As `transact`, for a single query. */
export async function query<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw databaseError(error);
  }
}

const codeOf = (error: unknown): string => (error as { code?: string } | null)?.code ?? '';

export function databaseError(error: unknown): unknown {
  if (QuartetError.is(error)) return error;
  const code = codeOf(error);
  const message = (error as Error | null)?.message ?? '';
  if (code === '53100' || code === 'ENOSPC' || /No space left on device/.test(message)) {
    return new QuartetError('DISK_FULL', `No space left for the database (${message}). Nothing was changed; free some space and try again.`, { cause: error });
  }
  if (UNSTORABLE.has(code)) {
    return new QuartetError('INVALID_FIELD', `The request holds a value that can't be kept (${message}); expected texts without NUL characters, and numbers within their range.`, { cause: error });
  }
  if (CONNECTION_LOST.test(code) || /^(Connection terminated|timeout exceeded when trying to connect|Client (was closed|has encountered a connection error) and is not queryable)/.test(message)) {
    return new QuartetError('UNAVAILABLE', `The database can't be reached now (${message}). Try again.`, { cause: error, retryAfterMs: 1000 });
  }
  return error;
}
