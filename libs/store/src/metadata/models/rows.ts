import { QuartetError, Version, type Label, type Model } from '@quartet/contracts';
import { sql, type Selectable } from 'kysely';
import { familyOf } from '../names';
import type { Sql, Trx } from '../sql/connection';
import type { Database, FamilyName } from '../sql/schema';

type LabelRow = Selectable<Database['labels']>;
type VersionRow = Selectable<Database['versions']>;

export const DEFAULT_LABEL = 'production';

export const labelFrom = (row: LabelRow): Label => ({ name: row.name, version: BigInt(row.version), updatedAt: row.updated_at });

/** Models with their labels and newest version, in the order given. */
export async function modelsFrom(db: Sql | Trx, rows: Selectable<Database['models']>[]): Promise<Model[]> {
  if (rows.length === 0) return [];
  const names = rows.map((row) => row.name);
  const labels = await db.selectFrom('labels').selectAll().where('model', 'in', names).orderBy('name').execute();
  const newest = db.selectFrom('versions').select(['model', sql<string>`max(version)`.as('version')]).where('model', 'in', names).groupBy('model');
  const latest = await newest.execute();
  return rows.map((row) => ({
    name: row.name,
    family: familyOf(row.family),
    latestVersion: BigInt(latest.find((found) => found.model === row.name)?.version ?? 0),
    labels: labels.filter((label) => label.model === row.name).map(labelFrom),
    createdAt: row.created_at,
  }));
}

/** Versions with the labels that point at each, in the order given. */
export async function versionsFrom(db: Sql | Trx, rows: VersionRow[]): Promise<Version[]> {
  if (rows.length === 0) return [];
  const models = [...new Set(rows.map((row) => row.model))];
  const labels = await db.selectFrom('labels').selectAll().where('model', 'in', models).orderBy('name').execute();
  return rows.map((row) => ({
    ...Version.decode(row.document),
    version: BigInt(row.version),
    createdAt: row.created_at,
    labels: labels.filter((label) => label.model === row.model && BigInt(label.version) === BigInt(row.version)).map((label) => label.name),
  }));
}

/** Locks a model's row against every other change of the model. @throws QuartetError MODEL_NOT_FOUND. */
export async function lockModel(trx: Trx, name: string): Promise<{ family: FamilyName; lastVersion: bigint }> {
  const row = await trx.selectFrom('models').selectAll().where('name', '=', name).forUpdate().executeTakeFirst();
  if (!row) throw modelNotFound(name);
  return { family: row.family, lastVersion: BigInt(row.last_version) };
}

export async function requireModel(trx: Trx, model: string): Promise<void> {
  const row = await trx.selectFrom('models').select('name').where('name', '=', model).executeTakeFirst();
  if (!row) throw modelNotFound(model);
}

export async function requireVersion(trx: Trx, model: string, version: bigint): Promise<void> {
  const row = await trx.selectFrom('versions').select('version').where('model', '=', model).where('version', '=', version).executeTakeFirst();
  if (!row) throw versionNotFound(model, version);
}

export const modelNotFound = (model: string): QuartetError =>
  new QuartetError('MODEL_NOT_FOUND', `There is no model "${model}". List those that exist with ModelService.ListModels, or train it first.`, {
    metadata: { model },
  });

export const versionNotFound = (model: string, version: bigint): QuartetError =>
  new QuartetError('VERSION_NOT_FOUND', `Model "${model}" has no version ${version}. List those it has with ModelService.ListVersions.`, {
    metadata: { model, version: `${version}` },
  });

export const labelNotFound = (model: string, label: string): QuartetError =>
  new QuartetError(
    'LABEL_NOT_FOUND',
    `Model "${model}" has no label "${label}". Point it at a version with ModelService.PromoteVersion, or name a version.`,
    { metadata: { model, label } },
  );
