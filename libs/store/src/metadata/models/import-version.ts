import { QuartetError, type ImportVersionRequest, type Version } from '@quartet/contracts';
import type { BlobReferences } from '../blob-references';
import { checkName, familyName } from '../names';
import type { Sql } from '../sql/connection';
import { transact } from '../sql/transact';
import { checkFiles, insertVersion, lockNewModel } from './insert-version';
import { versionsFrom } from './rows';

const KEY = /^[0-9a-f]{64}$/;

/**
 * Makes a version without a job, of a model that was trained elsewhere; its model is made if it is new. The same key gives the same version,
 * until that is deleted.
 * @throws QuartetError INVALID_FIELD, or WRONG_FAMILY if the model belongs to another family.
 */
export async function importVersion(db: Sql, blobs: BlobReferences, { version, key }: ImportVersionRequest): Promise<Version> {
  if (!version) throw QuartetError.invalid('version', 'is missing; expected the version to import.');
  if (!KEY.test(key)) throw QuartetError.invalid('key', `is "${key.slice(0, 80)}"; expected a SHA-256 of 64 lower-case hexadecimal digits.`);
  if (version.lineage?.origin?.$case !== 'imported') throw QuartetError.invalid('version.lineage.imported', 'is missing; expected the file that it was imported from.');
  const family = familyName('version.family', version.family);
  const model = checkName('version.model', version.model);
  checkFiles(version);
  return transact(db, async (trx) => {
    // Two imports with one key: the second waits here, and then finds the first one's version.
    await lockNewModel(trx, model, family);
    const by = `import:${model}:${key}`;
    const made = () => trx.selectFrom('versions').selectAll().where('job_id', '=', by).execute();
    if ((await made()).length === 0) await insertVersion(trx, blobs, by, { ...version, jobId: '', dataset: '', datasetDigest: '' });
    return (await versionsFrom(trx, await made()))[0]!;
  });
}
