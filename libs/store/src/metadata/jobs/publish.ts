import { JobState, QuartetError, Version, type PublishVersionRequest } from '@quartet/contracts';
import { posix } from 'node:path';
import { lockModel, versionsFrom } from '../models/rows';
import { familyOf } from '../names';
import type { Trx } from '../sql/connection';
import type { JobRow } from '../sql/schema';
import { transact } from '../sql/transact';
import type { JobContext } from './context';
import { appendEvents, stateEvent } from './events';
import { endRow } from './lifecycle';
import { leaseLost, lockByLease } from './rows';

/**
 * Makes the job's version and ends the job as succeeded, both or neither. Repeated under the same lease it answers the
 * version made before.
 * @throws QuartetError LEASE_LOST, or INVALID_FIELD for a version that its blobs or its job contradict.
 */
export async function publishVersion(context: JobContext, { lease, version }: PublishVersionRequest): Promise<Version> {
  if (!version) throw QuartetError.invalid('version', 'is missing; expected the version to publish.');
  checkFiles(version);
  return transact(context.db, async (trx) => {
    const job = await lockByLease(trx, lease);
    if (job.state === 'succeeded') return published(trx, job);
    if (job.state !== 'running') throw leaseLost(lease!, job);
    checkBelongs(version, job);
    const number = (await lockModel(trx, job.model)).lastVersion + 1n;
    await trx.updateTable('models').set({ last_version: number }).where('name', '=', job.model).execute();
    const document = Version.encode({
      ...version,
      model: job.model,
      version: number,
      family: familyOf(job.family),
      jobId: job.id,
      dataset: job.dataset,
      datasetDigest: job.dataset_digest,
      labels: [],
      createdAt: undefined,
    }).finish();
    await trx.insertInto('versions').values({ model: job.model, version: number, job_id: job.id, document }).execute();
    await context.blobs.add(
      trx,
      `version:${job.model}/${number}`,
      version.files.map(({ blob }, index) => ({ field: `version.files[${index}].blob`, blob })),
    );
    // A job that succeeded is never resumed.
    await trx.deleteFrom('checkpoints').where('job_id', '=', job.id).execute();
    await context.blobs.release(trx, `job:${job.id}`);
    await endRow(trx, job, { state: 'succeeded', version: number });
    await appendEvents(trx, job, [
      { event: { $case: 'version', value: { model: job.model, version: number } } },
      stateEvent(JobState.JOB_STATE_SUCCEEDED),
    ]);
    return published(trx, job);
  });
}

async function published(trx: Trx, job: JobRow): Promise<Version> {
  const rows = await trx.selectFrom('versions').selectAll().where('job_id', '=', job.id).execute();
  if (rows.length > 0) return (await versionsFrom(trx, rows))[0]!;
  throw new QuartetError('VERSION_NOT_FOUND', `The version that job ${job.id} published was deleted since.`, { metadata: { job: job.id } });
}

function checkFiles({ files, weightsSha256 }: Version): void {
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

/** What the worker says of its job, where it says it, must be what the job is. */
function checkBelongs(version: Version, job: JobRow): void {
  const claims: [field: string, received: string, expected: string][] = [
    ['model', version.model, job.model],
    ['dataset', version.dataset, job.dataset],
    ['dataset_digest', version.datasetDigest, job.dataset_digest],
    ['job_id', version.jobId, job.id],
  ];
  for (const [field, received, expected] of claims) {
    if (received && received !== expected) throw QuartetError.invalid(`version.${field}`, `is "${received}"; expected the job's, "${expected}", or nothing.`);
  }
}
