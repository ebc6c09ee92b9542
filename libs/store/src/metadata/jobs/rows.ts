import { QuartetError, TrainingProgress, type Job, type Lease } from '@quartet/contracts';
import { familyOf, stateOf } from '../names';
import type { Trx } from '../sql/connection';
import type { JobRow } from '../sql/schema';

export function jobFrom(row: JobRow): Job {
  return {
    id: row.id,
    family: familyOf(row.family),
    model: row.model,
    dataset: row.dataset,
    state: stateOf(row.state),
    error: row.error,
    attempt: row.attempt,
    specJson: row.spec_json,
    version: BigInt(row.version ?? 0),
    progress: row.progress ? TrainingProgress.decode(row.progress) : undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    cancelRequested: row.cancel_requested,
  };
}

/** Locks a job's row until the transaction ends. @throws QuartetError JOB_NOT_FOUND. */
export async function lockJob(trx: Trx, id: string): Promise<JobRow> {
  const row = await trx.selectFrom('jobs').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) throw jobNotFound(id);
  return row;
}

/**
 * Locks the job that a lease was given for, whatever its state.
 * @throws QuartetError LEASE_LOST unless the lease is the last one given.
 */
export async function lockByLease(trx: Trx, lease: Lease | undefined): Promise<JobRow> {
  if (!lease) throw QuartetError.invalid('lease', 'is missing; expected the lease that ClaimJob answered.');
  const row = await lockJob(trx, lease.jobId);
  if (row.attempt !== lease.attempt || row.token === null || row.token !== lease.token) throw leaseLost(lease, row);
  return row;
}

/** As `lockByLease`, and the job must still run. */
export async function lockOwned(trx: Trx, lease: Lease | undefined): Promise<JobRow> {
  const row = await lockByLease(trx, lease);
  if (row.state !== 'running') throw leaseLost(lease!, row);
  return row;
}

export function leaseLost(lease: Lease, row: JobRow): QuartetError {
  return new QuartetError(
    'LEASE_LOST',
    `Attempt ${lease.attempt} no longer owns job ${lease.jobId}, which is ${row.state} at attempt ${row.attempt}. Stop working on it and keep nothing of it.`,
    { metadata: { job: lease.jobId, attempt: `${row.attempt}`, state: row.state } },
  );
}

export const jobNotFound = (id: string): QuartetError =>
  new QuartetError('JOB_NOT_FOUND', `There is no job "${id}". List those that exist with TrainingService.ListJobs.`, { metadata: { job: id } });
