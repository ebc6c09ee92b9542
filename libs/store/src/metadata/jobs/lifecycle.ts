import { JobState, QuartetError, type EndJobRequest, type Job, type Lease } from '@quartet/contracts';
import { sql } from 'kysely';
import { notify } from '../signals';
import { stateName, stateOf } from '../names';
import type { Trx } from '../sql/connection';
import type { JobRow } from '../sql/schema';
import { transact } from '../sql/transact';
import type { JobContext } from './context';
import { appendEvents, logEvent, stateEvent } from './events';
import { jobFrom, leaseLost, lockByLease, lockJob, lockOwned } from './rows';

/** A job that loses its worker so often in a row, with no checkpoint between, takes its worker down: it fails. */
const MAX_LOST_LEASES = 5;
const MAX_ERROR_LENGTH = 4_000;

interface End {
  state: 'succeeded' | 'failed' | 'cancelled';
  error?: string;
  version?: bigint;
}

/** Writes the end of a job into its row; the events are the caller's. */
export async function endRow(trx: Trx, job: JobRow, { state, error, version }: End): Promise<void> {
  await trx
    .updateTable('jobs')
    .set({ state, error: error ?? '', version: version ?? null, lease_until: null, delivery_id: null, ended_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', job.id)
    .execute();
}

async function end(trx: Trx, job: JobRow, how: End): Promise<void> {
  await endRow(trx, job, how);
  await appendEvents(trx, job, [...(how.error ? [logEvent('error', how.error)] : []), stateEvent(stateOf(how.state))]);
}

/** Gives a job to the queue, without an owner. */
async function enqueue(context: JobContext, trx: Trx, job: JobRow, lostLeases: number, why: ReturnType<typeof logEvent>[]): Promise<void> {
  await trx
    .updateTable('jobs')
    .set({
      state: 'queued',
      error: '',
      cancel_requested: false,
      token: null,
      lease_until: null,
      ended_at: null,
      lost_leases: lostLeases,
      delivery_id: await context.queue.send(trx, job.family, job.id),
    })
    .where('id', '=', job.id)
    .execute();
  await appendEvents(trx, job, [...why, stateEvent(JobState.JOB_STATE_QUEUED)]);
  await notify(trx, `queue:${job.family}`);
}

/** Ends a queued job at once; asks the owner of a running one to end it. Again on a cancelled job: no change. */
export async function cancelJob(context: JobContext, id: string): Promise<Job> {
  return transact(context.db, async (trx) => {
    const job = await lockJob(trx, id);
    if (job.state === 'succeeded' || job.state === 'failed') {
      throw new QuartetError('WRONG_STATE', `Job ${id} has ${job.state}; only a queued or running job can be cancelled.`, { metadata: { job: id, state: job.state } });
    }
    if (job.state !== 'cancelled') await trx.updateTable('jobs').set({ cancel_requested: true }).where('id', '=', id).execute();
    if (job.state === 'queued') {
      await context.queue.remove(trx, job.family, job.delivery_id!);
      await end(trx, job, { state: 'cancelled' });
    }
    return jobFrom(await lockJob(trx, id));
  });
}

/**
 * Queues a failed or cancelled job again; its checkpoint stays.
 * @throws QuartetError WRONG_STATE in another state, or if its data set's name holds other data by now.
 */
export async function resumeJob(context: JobContext, id: string): Promise<Job> {
  return transact(context.db, async (trx) => {
    const job = await lockJob(trx, id);
    if (job.state !== 'failed' && job.state !== 'cancelled') {
      throw new QuartetError('WRONG_STATE', `Job ${id} is ${job.state}; only a failed or cancelled job can be resumed.`, { metadata: { job: id, state: job.state } });
    }
    const digest = await context.datasets.hold(trx, job.dataset);
    if (digest !== job.dataset_digest) {
      throw new QuartetError(
        'WRONG_STATE',
        `Data set "${job.dataset}" holds other data than job ${id} began with: digest ${digest.slice(0, 12)}, expected ${job.dataset_digest.slice(0, 12)}. ` +
          'Train anew instead.',
        { metadata: { job: id, dataset: job.dataset } },
      );
    }
    await trx.insertInto('models').values({ name: job.model, family: job.family }).onConflict((conflict) => conflict.doNothing()).execute();
    await enqueue(context, trx, job, 0, []);
    return jobFrom(await lockJob(trx, id));
  });
}

/** Ends a job as its owner says; repeated under the same lease it answers the ended job. */
export async function endJob(context: JobContext, { lease, state, error }: EndJobRequest): Promise<Job> {
  const name = stateName('state', state);
  if (name !== 'failed' && name !== 'cancelled') {
    throw QuartetError.invalid('state', `is ${name}; expected JOB_STATE_FAILED or JOB_STATE_CANCELLED. A success is ended by PublishVersion.`);
  }
  if (name === 'failed' && error === '') throw QuartetError.invalid('error', 'is empty; expected why the job failed.');
  return transact(context.db, async (trx) => {
    const job = await lockByLease(trx, lease);
    if (job.state === name) return jobFrom(job);
    if (job.state !== 'running') throw leaseLost(lease!, job);
    await end(trx, job, { state: name, error: error.slice(0, MAX_ERROR_LENGTH) });
    return jobFrom(await lockJob(trx, job.id));
  });
}

/** Gives a running job back to the queue, or ends it if that was asked for meanwhile. */
export async function releaseJob(context: JobContext, lease: Lease | undefined): Promise<Job> {
  return transact(context.db, async (trx) => {
    const job = await lockOwned(trx, lease);
    if (job.cancel_requested) await end(trx, job, { state: 'cancelled' });
    else await enqueue(context, trx, job, job.lost_leases, [logEvent('info', `${workerOf(job)} gave the job back; queued again.`)]);
    return jobFrom(await lockJob(trx, job.id));
  });
}

/** Queues jobs whose lease has run out again. @returns how many it took from their owners. */
export async function sweepLeases(context: JobContext): Promise<number> {
  return transact(context.db, async (trx) => {
    const expired = await trx
      .selectFrom('jobs')
      .selectAll()
      .where('state', '=', 'running')
      .where('lease_until', '<', sql<Date>`clock_timestamp()`)
      .orderBy('ordinal')
      .limit(100)
      .forUpdate()
      .skipLocked()
      .execute();
    for (const job of expired) await takeBack(context, trx, job);
    return expired.length;
  });
}

async function takeBack(context: JobContext, trx: Trx, job: JobRow): Promise<void> {
  const lost = job.lost_leases + 1;
  if (job.cancel_requested) return end(trx, job, { state: 'cancelled' });
  if (lost >= MAX_LOST_LEASES) {
    const error =
      `The worker fell silent ${lost} times in a row without a new checkpoint, last ${workerOf(job)}: it may run out of memory. ` +
      'Look at its log, try a smaller batch size or model, then resume the job.';
    return end(trx, job, { state: 'failed', error });
  }
  return enqueue(context, trx, job, lost, [logEvent('warn', `${workerOf(job)} was silent for ${context.leaseMs} ms; queued again.`)]);
}

/** After a registry was away, owners have one more lease to say that they are alive. */
export async function extendLeases(context: JobContext): Promise<void> {
  await transact(context.db, (trx) =>
    trx
      .updateTable('jobs')
      .set({ lease_until: sql<Date>`greatest(lease_until, clock_timestamp() + ${context.leaseMs} * interval '1 millisecond')` })
      .where('state', '=', 'running')
      .execute(),
  );
}

const workerOf = (job: JobRow): string => (job.worker ? `Worker ${job.worker}` : 'The worker');
