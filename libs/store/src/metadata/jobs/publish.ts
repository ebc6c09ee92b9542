import { JobState, QuartetError, type PublishVersionRequest, type Version } from '@quartet/contracts';
import { checkFiles, insertVersion } from '../models/insert-version';
import { versionsFrom } from '../models/rows';
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
    const number = await insertVersion(trx, context.blobs, job.id, {
      ...version,
      model: job.model,
      family: familyOf(job.family),
      jobId: job.id,
      dataset: job.dataset,
      datasetDigest: job.dataset_digest,
    });
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
