import type { TrainingEvent } from '@quartet/contracts';
import type { JobRow } from '../sql/schema';
import type { JobContext } from './context';
import { eventsAfter } from './events';
import { jobNotFound } from './rows';

const PAGE = 500;
/** An event whose notice got lost is seen after so long. */
const POLL_MS = 2_000;

/** All events after a sequence number, then new ones, until the job has ended or `signal` aborts. */
export async function* watchJob(context: JobContext, id: string, afterSequence: bigint, signal: AbortSignal): AsyncGenerator<TrainingEvent> {
  const subscription = context.signals.subscribe(`job:${id}`);
  try {
    let sequence = afterSequence;
    while (!signal.aborted) {
      // Read before the events: what an end wrote is then among them.
      const { state, last_sequence } = await stateOf(context, id);
      let events: TrainingEvent[];
      do {
        events = await eventsAfter(context.db, id, sequence, PAGE);
        for (const event of events) {
          yield event;
          sequence = event.sequence;
        }
      } while (events.length === PAGE && !signal.aborted);
      const ended = state === 'succeeded' || state === 'failed' || state === 'cancelled';
      if (ended && sequence >= BigInt(last_sequence)) return;
      if (!ended) await subscription.changed(POLL_MS, signal);
    }
  } finally {
    subscription.close();
  }
}

async function stateOf({ db }: JobContext, id: string): Promise<Pick<JobRow, 'state' | 'last_sequence'>> {
  const row = await db.selectFrom('jobs').select(['state', 'last_sequence']).where('id', '=', id).executeTakeFirst();
  if (!row) throw jobNotFound(id);
  return row;
}
