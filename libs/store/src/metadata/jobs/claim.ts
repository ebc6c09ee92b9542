import { randomUUID } from 'node:crypto';
import { JobState, QuartetError, type Checkpoint, type ClaimJobRequest, type ClaimJobResponse, type HeartbeatResponse, type Lease } from '@quartet/contracts';
import { sql, type RawBuilder } from 'kysely';
import { familyName } from '../names';
import type { Trx } from '../sql/connection';
import type { FamilyName } from '../sql/schema';
import { transact } from '../sql/transact';
import type { JobContext } from './context';
import { appendEvents, stateEvent } from './events';
import { jobFrom, lockJob, lockOwned } from './rows';

const MAX_WAIT_MS = 60_000;
/** A job whose notice got lost is found after so long. */
const POLL_MS = 2_000;

/** When a lease given now ends, by the database's clock, which all registries share. */
export const leaseEnd = (leaseMs: number): RawBuilder<Date> => sql<Date>`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`;

/** Waits up to `wait_ms` for a job of the family, and gives a lease on it. `job` is unset if none came. */
export async function claimJob(context: JobContext, request: ClaimJobRequest, signal: AbortSignal): Promise<ClaimJobResponse> {
  const family = familyName('family', request.family);
  if (request.waitMs > MAX_WAIT_MS) throw QuartetError.invalid('wait_ms', `is ${request.waitMs}; expected at most ${MAX_WAIT_MS}.`);
  const deadline = Date.now() + request.waitMs;
  const subscription = context.signals.subscribe(`queue:${family}`);
  try {
    while (!signal.aborted) {
      const claimed = await claimNow(context, family, request.worker);
      if (claimed) return claimed;
      const left = deadline - Date.now();
      if (left <= 0) break;
      await subscription.changed(Math.min(left, POLL_MS), signal);
    }
    return { job: undefined, lease: undefined, leaseMs: context.leaseMs, checkpoint: undefined, traceparent: '' };
  } finally {
    subscription.close();
  }
}

async function claimNow(context: JobContext, family: FamilyName, worker: string): Promise<ClaimJobResponse | undefined> {
  return transact(context.db, async (trx) => {
    const id = await context.queue.take(trx, family);
    if (id === undefined) return undefined;
    const { attempt } = await lockJob(trx, id);
    const token = randomUUID();
    const job = await trx
      .updateTable('jobs')
      .set({
        state: 'running',
        attempt: attempt + 1,
        token,
        worker: worker.slice(0, 200),
        delivery_id: null,
        lease_until: leaseEnd(context.leaseMs),
        started_at: sql<Date>`coalesce(started_at, clock_timestamp())`,
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await appendEvents(trx, job, [stateEvent(JobState.JOB_STATE_RUNNING)]);
    return {
      job: jobFrom(job),
      lease: { jobId: id, attempt: job.attempt, token },
      leaseMs: context.leaseMs,
      checkpoint: await lastCheckpoint(trx, id),
      traceparent: job.traceparent,
    };
  });
}

async function lastCheckpoint(trx: Trx, jobId: string): Promise<Checkpoint | undefined> {
  const row = await trx.selectFrom('checkpoints').selectAll().where('job_id', '=', jobId).orderBy('ordinal', 'desc').limit(1).executeTakeFirst();
  return row && { step: BigInt(row.step), blob: { sha256: row.sha256, size: BigInt(row.size) } };
}

/** Keeps a lease; one that ran out unnoticed, its job still free, counts as kept. */
export async function heartbeat(context: JobContext, lease: Lease | undefined): Promise<HeartbeatResponse> {
  return transact(context.db, async (trx) => {
    const job = await lockOwned(trx, lease);
    const { lease_until } = await trx
      .updateTable('jobs')
      .set({ lease_until: leaseEnd(context.leaseMs) })
      .where('id', '=', job.id)
      .returning('lease_until')
      .executeTakeFirstOrThrow();
    return { cancelRequested: job.cancel_requested, leaseUntil: lease_until ?? undefined };
  });
}
