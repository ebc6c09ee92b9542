import { posix } from 'node:path';
import { QuartetError, Version } from '@quartet/contracts';
import type { BlobReferences } from '../blob-references';
import type { Trx } from '../sql/connection';
import type { FamilyName } from '../sql/schema';
import { lockModel } from './rows';

/**
 * Adds a version to a model that is there, and records that it needs its blobs.
 * @param by What made it: at most one version is made by the same.
 * @returns its number.
 * @throws QuartetError INVALID_FIELD for a blob that the store doesn't have.
 */
export async function insertVersion(trx: Trx, blobs: BlobReferences, by: string, version: Version): Promise<bigint> {
  const { model, files } = version;
  const number = (await lockModel(trx, model)).lastVersion + 1n;
  await trx.updateTable('models').set({ last_version: number }).where('name', '=', model).execute();
  const document = Version.encode({ ...version, version: number, labels: [], createdAt: undefined }).finish();
  await trx.insertInto('versions').values({ model, version: number, job_id: by, document }).execute();
  await blobs.add(trx, `version:${model}/${number}`, files.map(({ blob }, index) => ({ field: `version.files[${index}].blob`, blob })));
  return number;
}

const makeModel = (trx: Trx, name: string, family: FamilyName) => trx.insertInto('models').values({ name, family }).onConflict((conflict) => conflict.doNothing()).execute();

/** Makes a model unless it is there. @throws QuartetError WRONG_FAMILY if it belongs to another family. */
export async function ensureModel(trx: Trx, name: string, family: FamilyName): Promise<void> {
  await makeModel(trx, name, family);
  checkFamily(name, await trx.selectFrom('models').select('family').where('name', '=', name).forShare().executeTakeFirstOrThrow(), family);
}

/**
 * Makes a model unless it is there, and locks it. To lock what `ensureModel` shares would not do: of many that share it, each waits for the others then.
 * @throws QuartetError WRONG_FAMILY if it belongs to another family.
 */
export async function lockNewModel(trx: Trx, name: string, family: FamilyName): Promise<void> {
  await makeModel(trx, name, family);
  checkFamily(name, await lockModel(trx, name), family);
}

function checkFamily(name: string, model: { family: FamilyName }, family: FamilyName): void {
  if (model.family === family) return;
  throw new QuartetError('WRONG_FAMILY', `Model "${name}" belongs to family ${model.family}, not ${family}. Choose another name, or train it there.`, {
    metadata: { model: name, family: model.family },
  });
}

/** @throws QuartetError INVALID_FIELD for files that can't be an artefact's. */
export function checkFiles({ files, weightsSha256 }: Version): void {
  if (files.length === 0) throw QuartetError.invalid('version.files', 'is empty; expected the files of the artefact.');
  const seen = new Set<string>();
  files.forEach(({ path }, index) => {
    const field = `version.files[${index}].path`;
    const safe = path !== '' && !path.includes('\\') && !path.includes('\0') && posix.normalize(path) === path && !/^(\/|\.\.(\/|$))/.test(path);
    if (!safe) throw QuartetError.invalid(field, `is "${path}"; expected a relative path inside the artefact, with "/", that doesn't climb.`);
    if (seen.has(path)) throw QuartetError.invalid(field, `"${path}" is there twice; expected each file once.`);
    seen.add(path);
  });
  const weights = files.find(({ path }) => path === 'weights.safetensors')?.blob;
  if (weights && weights.sha256 !== weightsSha256) {
    throw QuartetError.invalid('version.weights_sha256', `is "${weightsSha256}"; expected ${weights.sha256}, that of weights.safetensors.`);
  }
}
