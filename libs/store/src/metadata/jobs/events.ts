import { createHash } from 'node:crypto';
import { Diagnostic, LogLine, QuartetError, TrainingEvent, TrainingProgress, type JobState } from '@quartet/contracts';
import { notify } from '../signals';
import type { Sql, Trx } from '../sql/connection';
import type { JobRow } from '../sql/schema';
import { query } from '../sql/transact';

export type Event = NonNullable<TrainingEvent['event']>;

export interface NewEvent {
  event: Event;
  time?: Date;
}

/** What a run that goes on from a checkpoint makes again is known by these. */
interface Marks {
  step: bigint;
  checkpointStep: bigint;
  epoch: number;
}

/**
 * Appends events to the log of a job whose row is locked, leaving out those that are in it already: progress and
 * checkpoints at or below the last step, epochs at or below the last epoch, and log lines and diagnostics seen before.
 */
export async function appendEvents(trx: Trx, job: JobRow, events: readonly NewEvent[]): Promise<void> {
  const marks: Marks = { step: BigInt(job.last_step), checkpointStep: BigInt(job.last_checkpoint_step), epoch: job.last_epoch };
  let sequence = BigInt(job.last_sequence);
  let progress: TrainingProgress | undefined;
  for (const { event, time } of events) {
    if (isRepeated(event, marks)) continue;
    const fingerprint = fingerprintOf(event, time);
    if (fingerprint && (await isRecorded(trx, job.id, fingerprint))) continue;
    const recorded: TrainingEvent = { sequence: ++sequence, time: time ?? new Date(), attempt: job.attempt, event };
    const payload = TrainingEvent.encode(recorded).finish();
    await trx.insertInto('job_events').values({ job_id: job.id, sequence, fingerprint, payload }).execute();
    if (event.$case === 'progress') progress = event.value;
  }
  if (sequence === BigInt(job.last_sequence)) return;
  await trx
    .updateTable('jobs')
    .set({ last_sequence: sequence, last_step: marks.step, last_checkpoint_step: marks.checkpointStep, last_epoch: marks.epoch })
    .$if(progress !== undefined, (update) => update.set({ progress: TrainingProgress.encode(progress!).finish() }))
    .where('id', '=', job.id)
    .execute();
  await notify(trx, `job:${job.id}`);
}

/** The state that a job has from now on, as an event. */
export const stateEvent = (state: JobState): NewEvent => ({ event: { $case: 'state', value: state } });

export const logEvent = (level: 'info' | 'warn' | 'error', message: string): NewEvent => ({
  event: { $case: 'log', value: { level, message } },
  time: new Date(),
});

/** Up to `limit` events after a sequence number. */
export async function eventsAfter(db: Sql, jobId: string, sequence: bigint, limit: number): Promise<TrainingEvent[]> {
  const rows = await query(() =>
    db.selectFrom('job_events').select('payload').where('job_id', '=', jobId).where('sequence', '>', sequence).orderBy('sequence').limit(limit).execute(),
  );
  return rows.map((row) => TrainingEvent.decode(row.payload));
}

/** @throws QuartetError INVALID_FIELD for an event that isn't a worker's to report. */
export function checkWorkerEvents(events: readonly TrainingEvent[]): NewEvent[] {
  return events.map(({ event, time }, index) => {
    const field = `events[${index}]`;
    if (!event) throw QuartetError.invalid(field, 'holds no event; expected progress, epoch_end, checkpoint, log or diagnostic.');
    if (event.$case === 'state' || event.$case === 'version') {
      throw QuartetError.invalid(`${field}.${event.$case}`, 'is recorded by the registry itself; use PublishVersion, EndJob or ReleaseJob.');
    }
    return { event, time };
  });
}

/** Moves the marks on. */
function isRepeated(event: Event, marks: Marks): boolean {
  switch (event.$case) {
    case 'progress':
      if (event.value.step <= marks.step) return true;
      marks.step = event.value.step;
      return false;
    case 'checkpoint':
      if (event.value.step <= marks.checkpointStep) return true;
      marks.checkpointStep = event.value.step;
      return false;
    case 'epochEnd':
      if (event.value.epoch <= marks.epoch) return true;
      marks.epoch = event.value.epoch;
      return false;
    default:
      return false;
  }
}

/** A diagnostic says the same of the same step whenever it is made; a log line is one with its time. */
function fingerprintOf(event: Event, time: Date | undefined): Uint8Array | null {
  const hash = (kind: string, bytes: Uint8Array): Uint8Array => createHash('sha256').update(kind).update(bytes).digest();
  if (event.$case === 'diagnostic') return hash('diagnostic', Diagnostic.encode(event.value).finish());
  if (event.$case === 'log' && time) return hash(`log ${time.getTime()}`, LogLine.encode(event.value).finish());
  return null;
}

async function isRecorded(trx: Trx, jobId: string, fingerprint: Uint8Array): Promise<boolean> {
  const row = await trx.selectFrom('job_events').select('sequence').where('job_id', '=', jobId).where('fingerprint', '=', fingerprint).executeTakeFirst();
  return row !== undefined;
}
