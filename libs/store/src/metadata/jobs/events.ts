import { createHash } from 'node:crypto';
import { Diagnostic, LogLine, QuartetError, TrainingEvent, TrainingProgress, type JobState } from '@quartet/contracts';
import { notify } from '../signals';
import type { Sql, Trx } from '../sql/connection';
import type { JobRow } from '../sql/schema';

/** A statement takes 65,535 parameters at most. */
const INSERT_ROWS = 1_000;

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
  const seen = await recordedFingerprints(trx, job.id, events);
  const rows: { job_id: string; sequence: bigint; fingerprint: Uint8Array | null; payload: Uint8Array }[] = [];
  let sequence = BigInt(job.last_sequence);
  let progress: TrainingProgress | undefined;
  for (const { event, time } of events) {
    const fingerprint = fingerprintOf(event, time);
    if (isRepeated(event, marks) || (fingerprint && seen.has(keyOf(fingerprint)))) continue;
    if (fingerprint) seen.add(keyOf(fingerprint));
    const recorded: TrainingEvent = { sequence: ++sequence, time: time ?? new Date(), attempt: job.attempt, event };
    rows.push({ job_id: job.id, sequence, fingerprint, payload: TrainingEvent.encode(recorded).finish() });
    if (event.$case === 'progress') progress = event.value;
  }
  for (let start = 0; start < rows.length; start += INSERT_ROWS) {
    await trx.insertInto('job_events').values(rows.slice(start, start + INSERT_ROWS)).execute();
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
  const rows = await db.selectFrom('job_events').select('payload').where('job_id', '=', jobId).where('sequence', '>', sequence).orderBy('sequence').limit(limit).execute();
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

const keyOf = (fingerprint: Uint8Array): string => Buffer.from(fingerprint).toString('hex');

async function recordedFingerprints(trx: Trx, jobId: string, events: readonly NewEvent[]): Promise<Set<string>> {
  const found = new Set<string>();
  const wanted = events.flatMap(({ event, time }) => fingerprintOf(event, time) ?? []);
  for (let start = 0; start < wanted.length; start += INSERT_ROWS) {
    const some = wanted.slice(start, start + INSERT_ROWS);
    const rows = await trx.selectFrom('job_events').select('fingerprint').where('job_id', '=', jobId).where('fingerprint', 'in', some).execute();
    for (const { fingerprint } of rows) if (fingerprint) found.add(keyOf(fingerprint));
  }
  return found;
}
