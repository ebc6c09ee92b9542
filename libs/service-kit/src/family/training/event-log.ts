import { QuartetError, type Lease, type RecordEventsResponse, type TrainingEvent } from '@quartet/contracts';
import type { Logger } from '../../logging/logger';
import { brief, isDiskFull, isTransient, pause, retry } from '../retry';

type Event = NonNullable<TrainingEvent['event']>;

export interface EventLogOptions {
  lease: Lease;
  record(events: TrainingEvent[], signal: AbortSignal): Promise<RecordEventsResponse>;
  log: Logger;
  onCancel(): void;
  onLeaseLost(message: string): void;
}

/** Least time between two calls, and so between two progress events, in ms. */
const INTERVAL_MS = 250;
/** Events in one call. */
const MAX_SENT = 500;
/** Events kept while the registry is away; progress goes first, since the next one says more. */
const MAX_KEPT = 10_000;

/**
 * A job's events on their way to the registry. Adding one never waits: they go in order, a few times a second, and
 * while the registry is away they are kept.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #ended = new AbortController();
  readonly #sending: Promise<void>;
  #kept: TrainingEvent[] = [];
  #progress: TrainingEvent | undefined;
  #inCall = 0;
  #closing = false;
  #wake: () => void = () => undefined;

  constructor(options: EventLogOptions) {
    this.#options = options;
    this.#sending = this.#send();
  }

  add(event: Event): void {
    const made: TrainingEvent = { sequence: 0n, time: new Date(), attempt: this.#options.lease.attempt, event };
    if (event.$case === 'progress') {
      this.#progress = withEarlierMetrics(made, this.#progress);
    } else {
      this.#takeProgress();
      this.#kept.push(made);
    }
    if (this.#kept.length > MAX_KEPT) this.#shed();
    this.#wake();
  }

  line(level: 'info' | 'warn' | 'error', message: string): void {
    this.add({ $case: 'log', value: { level, message } });
  }

  /** Sends all there is and ends. Without `signal`, it waits for as long as the registry is away. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#closing = true;
    this.#wake();
    signal?.addEventListener('abort', () => this.#ended.abort(), { once: true });
    if (signal?.aborted) this.#ended.abort();
    await this.#sending;
  }

  /** Ends without sending what is left. */
  drop(): void {
    this.#ended.abort();
    this.#wake();
  }

  async #send(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      this.#takeProgress();
      const events = this.#kept.slice(0, MAX_SENT);
      if (events.length === 0) {
        if (this.#closing) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      this.#inCall = events.length;
      try {
        const { cancelRequested } = await retry(() => this.#options.record(events, signal), {
          signal,
          maxDelayMs: 2_000,
          // Someone frees some space sooner or later; what a training told until then is not to be lost.
          retryable: (error) => isTransient(error) || isDiskFull(error),
          onRetry: (error, attempt) => {
            if (attempt === 1) this.#options.log.warn({ ...brief(error) }, 'the registry takes no events; training goes on, they are kept');
          },
        });
        this.#kept.splice(0, this.#inCall);
        if (cancelRequested) this.#options.onCancel();
      } catch (error) {
        if (signal.aborted) return;
        if (QuartetError.is(error) && error.reason === 'LEASE_LOST') return this.#options.onLeaseLost(error.message);
        // What the registry can't take must not hold up what comes after it.
        this.#options.log.error({ err: error, events: this.#inCall }, 'the registry refused events; left out');
        this.#kept.splice(0, this.#inCall);
      } finally {
        this.#inCall = 0;
      }
      if (!this.#closing) await pause(INTERVAL_MS, signal);
    }
  }

  #takeProgress(): void {
    if (this.#progress) this.#kept.push(this.#progress);
    this.#progress = undefined;
  }

  /** Makes room, but for the events that are being sent. */
  #shed(): void {
    const index = this.#kept.findIndex(({ event }, i) => i >= this.#inCall && (event?.$case === 'progress' || event?.$case === 'log'));
    this.#kept.splice(Math.max(index, this.#inCall), 1);
  }
}

/** Of several progress events between two calls the last one counts, with what only an earlier one measured. */
function withEarlierMetrics(made: TrainingEvent, earlier: TrainingEvent | undefined): TrainingEvent {
  if (earlier?.event?.$case !== 'progress' || made.event?.$case !== 'progress') return made;
  const [{ value }, { value: before }] = [made.event, earlier.event];
  return { ...made, event: { $case: 'progress', value: { ...value, metrics: { ...before.metrics, ...value.metrics }, timeGradients: value.timeGradients ?? before.timeGradients } } };
}
