import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, Trx } from './connection';
import { codeOf, databaseError } from './database-error';

/** Serialization failure and deadlock: the transaction did nothing and may be tried again. */
const RETRIABLE = new Set(['40001', '40P01']);
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
