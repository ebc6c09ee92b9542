import { createHash } from 'node:crypto';
import { QuartetError } from '@quartet/contracts';
import { sql, type Kysely } from 'kysely';
import { MIGRATIONS, type Migration } from './migrations';
import type { Database } from './schema';

/** Any number will do that nobody else locks: `quartet` in ASCII, shortened. */
const MIGRATION_LOCK = 0x71756172;

export const checksumOf = (migration: Migration): string =>
  createHash('sha256').update(JSON.stringify([migration.name, migration.statements])).digest('hex');

/**
 * Brings the database to this release's tables, in one transaction that other processes wait for.
 * @throws QuartetError WRONG_STATE if the database is newer than this release, or was migrated by other statements.
 */
export async function migrate(db: Kysely<Database>, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(trx);
    await sql`CREATE SCHEMA IF NOT EXISTS quartet`.execute(trx);
    await sql`CREATE TABLE IF NOT EXISTS quartet.migrations (
      id integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`.execute(trx);
    const applied = await trx.selectFrom('migrations').select(['id', 'name', 'checksum']).orderBy('id').execute();
    for (const { id, name, checksum } of applied) {
      const known = migrations.find((migration) => migration.id === id);
      if (!known) throw wrongState(`has migration ${id} (${name}), which this release doesn't know. Run the release that made it, or a newer one.`);
      if (checksumOf(known) !== checksum) {
        throw wrongState(`was migrated by other statements than this release's migration ${id} (${known.name}). Restore the release or the database.`);
      }
    }
    for (const migration of migrations.slice(applied.length)) {
      for (const statement of migration.statements) await sql.raw(statement).execute(trx);
      await trx.insertInto('migrations').values({ id: migration.id, name: migration.name, checksum: checksumOf(migration) }).execute();
    }
  });
}

const wrongState = (what: string): QuartetError => new QuartetError('WRONG_STATE', `The database ${what}`);
