import { sql, type Selectable } from 'kysely';
import type { Trx } from '../sql/connection';
import type { Database } from '../sql/schema';

/** Points a label at a version, and remembers where it pointed before. */
export async function pointLabel(trx: Trx, model: string, name: string, version: bigint): Promise<Selectable<Database['labels']>> {
  const moved = sql<bigint | null>`CASE WHEN labels.version = ${version} THEN labels.previous ELSE labels.version END`;
  return trx
    .insertInto('labels')
    .values({ model, name, version })
    .onConflict((conflict) => conflict.columns(['model', 'name']).doUpdateSet({ version, previous: moved, updated_at: sql<Date>`clock_timestamp()` }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function removeLabel(trx: Trx, model: string, name: string): Promise<void> {
  await trx.deleteFrom('labels').where('model', '=', model).where('name', '=', name).execute();
}
