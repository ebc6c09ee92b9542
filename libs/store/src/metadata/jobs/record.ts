import { QuartetError, type RecordCheckpointRequest, type RecordEventsRequest, type RecordEventsResponse } from '@quartet/contracts';
import { transact } from '../sql/transact';
import type { JobContext } from './context';
import { appendEvents, checkWorkerEvents } from './events';
import { lockOwned } from './rows';

/** Appends a worker's events to the log of its job, each once. */
export async function recordEvents(context: JobContext, { lease, events }: RecordEventsRequest): Promise<RecordEventsResponse> {
  const checked = checkWorkerEvents(events);
  return transact(context.db, async (trx) => {
    const job = await lockOwned(trx, lease);
    await appendEvents(trx, job, checked);
    return { cancelRequested: job.cancel_requested };
  });
}

/** Makes a stored blob the job's checkpoint. The one before is no longer needed. */
export async function recordCheckpoint(context: JobContext, { lease, checkpoint }: RecordCheckpointRequest): Promise<void> {
  const blob = checkpoint?.blob;
  if (!checkpoint || !blob) throw QuartetError.invalid('checkpoint.blob', 'is missing; expected the reference of a stored blob.');
  if (checkpoint.step < 1n) throw QuartetError.invalid('checkpoint.step', `is ${checkpoint.step}; expected a step from 1.`);
  await transact(context.db, async (trx) => {
    const job = await lockOwned(trx, lease);
    await context.blobs.add(trx, `job:${job.id}`, [{ field: 'checkpoint.blob', blob }]);
    await trx.deleteFrom('checkpoints').where('job_id', '=', job.id).execute();
    await trx
      .insertInto('checkpoints')
      .values({ job_id: job.id, attempt: job.attempt, step: checkpoint.step, sha256: blob.sha256, size: blob.size })
      .execute();
    await context.blobs.release(trx, `job:${job.id}`, blob.sha256);
    await trx.updateTable('jobs').set({ lost_leases: 0 }).where('id', '=', job.id).execute();
    await appendEvents(trx, job, [{ event: { $case: 'checkpoint', value: { step: checkpoint.step, blob } } }]);
  });
}
