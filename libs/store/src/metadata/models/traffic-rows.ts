import { Traffic } from '@quartet/contracts';
import { sql } from 'kysely';
import type { Sql, Trx } from '../sql/connection';
import type { FamilyName } from '../sql/schema';
import { removeLabel } from './labels';

export const CANARY_LABEL = 'canary';
export const SHADOW_LABEL = 'shadow';

/** Empty if nothing was ever set. */
export async function readTraffic(db: Sql | Trx, model: string): Promise<Traffic> {
  const row = await db.selectFrom('traffic').selectAll().where('model', '=', model).executeTakeFirst();
  return row ? { ...Traffic.decode(row.document), updatedAt: row.updated_at } : Traffic.fromPartial({ model });
}

export async function writeTraffic(trx: Trx, traffic: Traffic): Promise<Traffic> {
  const document = Traffic.encode({ ...traffic, updatedAt: undefined }).finish();
  const row = await trx
    .insertInto('traffic')
    .values({ model: traffic.model, document })
    .onConflict((conflict) => conflict.column('model').doUpdateSet({ document, updated_at: sql<Date>`clock_timestamp()` }))
    .returning('updated_at')
    .executeTakeFirstOrThrow();
  return { ...traffic, updatedAt: row.updated_at };
}

/** Of a family's models that have a canary or a shadow. */
export async function trafficOf(db: Sql, family: FamilyName): Promise<Traffic[]> {
  const found = db
    .selectFrom('traffic')
    .innerJoin('models', 'models.name', 'traffic.model')
    .select(['traffic.document', 'traffic.updated_at'])
    .where('models.family', '=', family)
    .orderBy('traffic.model');
  const rows = await found.execute();
  return rows.map((row) => ({ ...Traffic.decode(row.document), updatedAt: row.updated_at })).filter(({ canary, shadow }) => canary || shadow);
}

/** A canary that got `production` is none any longer. */
export async function endPromotedCanary(trx: Trx, model: string, version: bigint): Promise<void> {
  const traffic = await readTraffic(trx, model);
  if (traffic.canary?.version !== version) return;
  await removeLabel(trx, model, CANARY_LABEL);
  await writeTraffic(trx, { ...traffic, canary: undefined });
}

/** A canary or a shadow ends with its label. */
export async function forgetLabel(trx: Trx, model: string, label: string): Promise<void> {
  if (label !== CANARY_LABEL && label !== SHADOW_LABEL) return;
  const traffic = await readTraffic(trx, model);
  if (traffic[label]) await writeTraffic(trx, { ...traffic, [label]: undefined });
}
