import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { QuartetError } from '@quartet/contracts';
import { sql } from 'kysely';
import type { Queue } from '../queue';
import type { Sql, Trx } from '../sql/connection';
import { transact } from '../sql/transact';
import { COUNTERS, TABLES, type TableName } from './tables';

const LINE = /^\{"table":"(\w+)","row":(.*)\}$/s;
const AT_A_TIME = 200;

/**
 * Reads what `dumpTo` wrote into an empty database, in one transaction: all of it or nothing. Jobs that waited are queued again; those that
 * ran go on from their last checkpoint once their lease has ended.
 * @throws QuartetError WRONG_STATE if the database holds something; CORRUPT_DATA for a line that is no row.
 */
export async function loadFrom(db: Sql, queue: Queue, file: string): Promise<void> {
  await transact(db, async (trx) => {
    await refuseFilled(trx);
    let waiting: { table: TableName; rows: string[] } | undefined;
    const write = async (): Promise<void> => {
      if (waiting) await insert(trx, waiting.table, waiting.rows);
      waiting = undefined;
    };
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      number += 1;
      const [, table, row] = LINE.exec(line) ?? [];
      if (!isTable(table) || row === undefined) {
        throw new QuartetError('CORRUPT_DATA', `Line ${number} of ${file} is no row of a table of this release: ${JSON.stringify(line.slice(0, 100))}. Take another copy of the backup.`);
      }
      if (waiting && (waiting.table !== table || waiting.rows.length >= AT_A_TIME)) await write();
      waiting ??= { table, rows: [] };
      waiting.rows.push(row);
    }
    await write();
    for (const [table, column] of COUNTERS) {
      const name = sql.table(`quartet.${table}`);
      await sql`SELECT setval(pg_get_serial_sequence(${`quartet.${table}`}, ${column}), greatest(1, (SELECT max(${sql.ref(column)}) FROM ${name})), (SELECT count(*) > 0 FROM ${name}))`.execute(trx);
    }
    // Their workers are the other platform's: a lease of this one's length is what they get.
    await trx.updateTable('jobs').set({ lease_until: sql<Date>`clock_timestamp()` }).where('state', '=', 'running').execute();
    const queued = await trx.selectFrom('jobs').select(['id', 'family']).where('state', '=', 'queued').orderBy('ordinal').execute();
    for (const { id, family } of queued) await trx.updateTable('jobs').set({ delivery_id: await queue.send(trx, family, id) }).where('id', '=', id).execute();
  });
}

async function refuseFilled(trx: Trx): Promise<void> {
  // An older release had fewer.
  const { rows: there } = await sql<{ name: string }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'quartet'`.execute(trx);
  for (const table of TABLES.filter((name) => there.some((found) => found.name === name))) {
    const { rows } = await sql`SELECT 1 FROM ${sql.table(`quartet.${table}`)} LIMIT 1`.execute(trx);
    if (rows.length > 0) {
      throw new QuartetError('WRONG_STATE', `The database has rows in ${table}; a backup is restored into an empty one only. Give another QUARTET_HOME or QUARTET_DATABASE_URL, or remove what is there.`);
    }
  }
}

async function insert(trx: Trx, table: TableName, rows: readonly string[]): Promise<void> {
  const name = sql.table(`quartet.${table}`);
  await sql`INSERT INTO ${name} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::${name}, ${`[${rows.join(',')}]`}::jsonb)`.execute(trx);
}

const isTable = (name: string | undefined): name is TableName => (TABLES as readonly (string | undefined)[]).includes(name);
