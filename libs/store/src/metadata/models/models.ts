import {
  Family, QuartetError, type ImportVersionRequest, type Label, type ListModelsRequest, type ListVersionsRequest, type Model, type ModelRef, type PromoteVersionRequest, type Version,
} from '@quartet/contracts';
import type { BlobReferences } from '../blob-references';
import { checkName, familyName } from '../names';
import { keyAfter, numberAfter, pageOf, pageSize } from '../paging';
import { notify } from '../signals';
import type { Sql, Trx } from '../sql/connection';
import { transact } from '../sql/transact';
import { importVersion } from './import-version';
import { pointLabel } from './labels';
import { DEFAULT_LABEL, labelFrom, labelNotFound, lockModel, modelNotFound, modelsFrom, requireModel, requireVersion, versionNotFound, versionsFrom } from './rows';
import { endPromotedCanary, forgetLabel } from './traffic-rows';

/** Models, their versions, and the labels that point at them. */
export class Models {
  constructor(
    readonly db: Sql,
    readonly blobs: BlobReferences,
  ) {}

  readonly import = (request: ImportVersionRequest): Promise<Version> => importVersion(this.db, this.blobs, request);

  /** By name. */
  async list(request: ListModelsRequest): Promise<{ models: Model[]; nextPageToken: string }> {
    const size = pageSize(request);
    const after = keyAfter(request) ?? '';
    let found = this.db.selectFrom('models').selectAll().where('name', '>', after).orderBy('name').limit(size + 1);
    if (request.family !== Family.FAMILY_UNSPECIFIED) found = found.where('family', '=', familyName('family', request.family));
    const { rows, nextPageToken } = pageOf(await found.execute(), size, (row) => row.name);
    return { models: await modelsFrom(this.db, rows), nextPageToken };
  }

  /** @throws QuartetError MODEL_NOT_FOUND. */
  async get(name: string): Promise<Model> {
    const row = await this.db.selectFrom('models').selectAll().where('name', '=', name).executeTakeFirst();
    if (!row) throw modelNotFound(name);
    return (await modelsFrom(this.db, [row]))[0]!;
  }

  /** Newest first. @throws QuartetError MODEL_NOT_FOUND. */
  async listVersions(request: ListVersionsRequest): Promise<{ versions: Version[]; nextPageToken: string }> {
    const size = pageSize(request);
    const before = numberAfter(request);
    await this.get(request.model);
    let found = this.db.selectFrom('versions').selectAll().where('model', '=', request.model).orderBy('version', 'desc').limit(size + 1);
    if (before !== undefined) found = found.where('version', '<', before);
    const { rows, nextPageToken } = pageOf(await found.execute(), size, (row) => `${row.version}`);
    return { versions: await versionsFrom(this.db, rows), nextPageToken };
  }

  /** @throws QuartetError MODEL_NOT_FOUND, VERSION_NOT_FOUND or LABEL_NOT_FOUND. */
  async getVersion(ref: ModelRef | undefined): Promise<Version> {
    if (!ref?.name) throw QuartetError.invalid('model.name', 'is empty; expected the name of a model.');
    return transact(this.db, async (trx) => {
      const version = ref.target?.$case === 'version' ? ref.target.value : await labelled(trx, ref.name, ref.target?.value || DEFAULT_LABEL);
      const rows = await trx.selectFrom('versions').selectAll().where('model', '=', ref.name).where('version', '=', version).execute();
      if (rows.length === 0) {
        await requireModel(trx, ref.name);
        throw versionNotFound(ref.name, version);
      }
      return (await versionsFrom(trx, rows))[0]!;
    });
  }

  /** @throws QuartetError WRONG_STATE if the label doesn't point where `expected_version` says. */
  async promote(request: PromoteVersionRequest): Promise<{ label: Label; previousVersion: bigint }> {
    const name = checkName('label', request.label || DEFAULT_LABEL);
    const { model, version, expectedVersion } = request;
    return transact(this.db, async (trx) => {
      const { family } = await lockModel(trx, model);
      await requireVersion(trx, model, version);
      const before = await trx.selectFrom('labels').select('version').where('model', '=', model).where('name', '=', name).executeTakeFirst();
      const previousVersion = BigInt(before?.version ?? 0);
      if (expectedVersion !== undefined && expectedVersion !== previousVersion) throw movedOn(model, name, expectedVersion, previousVersion);
      const row = await pointLabel(trx, model, name, version);
      if (name === DEFAULT_LABEL) await endPromotedCanary(trx, model, version);
      await notify(trx, `versions:${family}`);
      return { label: labelFrom(row), previousVersion };
    });
  }

  async deleteLabel(model: string, label: string): Promise<void> {
    await transact(this.db, async (trx) => {
      const { family } = await lockModel(trx, model);
      const deleted = await trx.deleteFrom('labels').where('model', '=', model).where('name', '=', label).executeTakeFirst();
      if (deleted.numDeletedRows === 0n) throw labelNotFound(model, label);
      await forgetLabel(trx, model, label);
      await notify(trx, `versions:${family}`);
    });
  }

  /** @throws QuartetError WRONG_STATE while a label points at it. */
  async deleteVersion(model: string, version: bigint): Promise<void> {
    await transact(this.db, async (trx) => {
      await lockModel(trx, model);
      await requireVersion(trx, model, version);
      const labels = await trx.selectFrom('labels').select('name').where('model', '=', model).where('version', '=', version).execute();
      if (labels.length > 0) {
        const names = labels.map((label) => `"${label.name}"`).join(', ');
        throw inUse(model, `Version ${version} of model "${model}" is in use: label ${names} points at it. Move or delete the label first.`);
      }
      await trx.deleteFrom('versions').where('model', '=', model).where('version', '=', version).execute();
      await this.blobs.release(trx, `version:${model}/${version}`);
    });
  }

  /** @throws QuartetError WRONG_STATE while a job trains it or, unless forced, while it has a label. */
  async delete(model: string, force: boolean): Promise<void> {
    await transact(this.db, async (trx) => {
      const { family } = await lockModel(trx, model);
      const job = await trx.selectFrom('jobs').select(['id', 'state']).where('model', '=', model).where('state', 'in', ['queued', 'running']).limit(1).executeTakeFirst();
      if (job) throw inUse(model, `Model "${model}" is in use: job ${job.id}, which makes a version of it, is ${job.state}. Wait for its end, or cancel it first.`);
      const label = await trx.selectFrom('labels').select(['name', 'version']).where('model', '=', model).limit(1).executeTakeFirst();
      if (label && !force) {
        throw inUse(model, `Model "${model}" is in use: label "${label.name}" points at version ${label.version}. Delete its labels first, or set force.`);
      }
      await trx.deleteFrom('traffic').where('model', '=', model).execute();
      await trx.deleteFrom('labels').where('model', '=', model).execute();
      const versions = await trx.deleteFrom('versions').where('model', '=', model).returning('version').execute();
      for (const { version } of versions) await this.blobs.release(trx, `version:${model}/${BigInt(version)}`);
      await trx.deleteFrom('models').where('name', '=', model).execute();
      await notify(trx, `versions:${family}`);
    });
  }
}

async function labelled(trx: Trx, model: string, label: string): Promise<bigint> {
  const row = await trx.selectFrom('labels').select('version').where('model', '=', model).where('name', '=', label).executeTakeFirst();
  if (row) return BigInt(row.version);
  await requireModel(trx, model);
  throw labelNotFound(model, label);
}

const inUse = (model: string, message: string): QuartetError => new QuartetError('WRONG_STATE', message, { metadata: { model } });

function movedOn(model: string, label: string, expected: bigint, found: bigint): QuartetError {
  const where = (version: bigint): string => (version === 0n ? 'nowhere' : `at version ${version}`);
  return new QuartetError(
    'WRONG_STATE',
    `Label "${label}" of model "${model}" points ${where(found)}; expected it ${where(expected)}. Someone moved it: look again, then promote with the new expected_version.`,
    { metadata: { model, label, version: `${found}` } },
  );
}
