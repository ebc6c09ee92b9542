import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { HashingStream } from '../../blobs/address';
import type { Sql, Trx } from '../sql/connection';
import { databaseError } from '../sql/database-error';
import { TABLES, type TableName } from './tables';

/** What a file of the database's rows holds. */
export interface Dump {
  readonly sha256: string;
  readonly size: number;
  /** How many migrations the database has. */
  readonly migrations: number;
  readonly rows: Readonly<Record<TableName, number>>;
  /** SHA-256 of the blobs that the rows name. */
  readonly blobs: readonly string[];
}

const AT_A_TIME = 1000;

/**
 * Writes all rows as they are at one moment, a line each: `{"table":"models","row":{...}}`. The row is the database's own JSON, passed on as
 * text, so that no number loses a digit; it is the same for the embedded database and a server, and either takes it back.
 */
export async function dumpTo(db: Sql, file: string): Promise<Dump> {
  try {
    return await db.transaction().setIsolationLevel('repeatable read').execute(async (trx) => {
      const rows = Object.fromEntries(TABLES.map((table) => [table, 0])) as Record<TableName, number>;
      const hashing = new HashingStream();
      await pipeline(linesOf(trx, rows), hashing, createWriteStream(file, { flags: 'wx' }));
      const { sha256, size } = hashing.ref();
      const { count } = await trx.selectFrom('migrations').select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow();
      const blobs = await trx.selectFrom('blob_references').select('sha256').distinct().orderBy('sha256').execute();
      return { sha256, size: Number(size), migrations: Number(count), rows, blobs: blobs.map((blob) => blob.sha256) };
    });
  } catch (error) {
    throw databaseError(error);
  }
}

async function* linesOf(trx: Trx, rows: Record<TableName, number>): AsyncGenerator<string> {
  for (const table of TABLES) {
    // A cursor: the events of many jobs don't fit into memory at once.
    await sql`DECLARE backup NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS row FROM ${sql.table(`quartet.${table}`)} AS t`.execute(trx);
    for (;;) {
      const { rows: found } = await sql<{ row: string }>`FETCH ${sql.lit(AT_A_TIME)} FROM backup`.execute(trx);
      for (const { row } of found) yield `{"table":"${table}","row":${row}}\n`;
      rows[table] += found.length;
      if (found.length < AT_A_TIME) break;
    }
    await sql`CLOSE backup`.execute(trx);
  }
}
