import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { QuartetError } from '@quartet/contracts';
import { observeQueue, recordBatch, recordQueueWait } from '../telemetry/metrics';
import { BatchQueue, type Entry } from './queue';

export interface BatcherOptions<Item, Result> {
  /** Name of what is batched, for errors and metrics: the model. */
  name: string;
  /** Most examples that go through `run` together. */
  maxBatch: number;
  /** Longest that a lone request waits for others, in milliseconds. 0: takes only what waits already. */
  maxWaitMs: number;
  /** Most requests waiting; more are refused with QUEUE_FULL. */
  maxQueue: number;
  /** Batches that may run at the same time: the number of engine workers. Default 1. */
  concurrency?: number;
  /** One result an item, in order. An Error in place of a result fails that item alone; a rejection fails them all. */
  run: (items: Item[]) => Promise<(Result | Error)[]>;
  /** Throws for an item that must not enter a batch, before it waits. */
  validate?: (item: Item) => void;
  /** Items with different keys never share a batch: the resolution of an image, the length of a sequence. */
  keyOf?: (item: Item) => string;
}

export interface SubmitOptions {
  /** Abort takes the item out of the queue; one that already runs is finished for nobody. */
  signal?: AbortSignal;
  /** The item is not started after this time; its batch is started early for it. */
  deadline?: Date;
  /** Examples in the item; default 1. An item larger than `maxBatch` makes a batch of its own. */
  size?: number;
}

/** Smoothing of the run time's moving average, by which deadlines are judged. */
const SMOOTHING = 0.2;

/**
 * Collects requests into batches: a batch starts once it is full, once its first request has waited `maxWaitMs`, or
 * once a request's deadline, less the time a run takes, is near; and never while `concurrency` batches are running, so
 * batches grow with the load. Requests that are cancelled or whose deadline passes while they wait leave the queue; the
 * others don't notice.
 */
export class Batcher<Item, Result> {
  private readonly queue = new BatchQueue<Item, Result>();
  private readonly options: Required<Pick<BatcherOptions<Item, Result>, 'concurrency'>> & BatcherOptions<Item, Result>;
  private readonly unobserve: () => void;
  private running = 0;
  private runMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private closed: QuartetError | undefined;

  constructor(options: BatcherOptions<Item, Result>) {
    this.options = { concurrency: 1, ...options };
    this.unobserve = observeQueue(() => this.queue.length, { model: options.name });
  }

  /** Requests that wait. */
  get length(): number {
    return this.queue.length;
  }

  /**
   * Resolves with the item's result.
   * @throws QuartetError QUEUE_FULL with a retry delay, DEADLINE_EXCEEDED, the signal's reason, what `validate` throws,
   * or what `run` gave for the item.
   */
  async submit(item: Item, { signal, deadline, size = 1 }: SubmitOptions = {}): Promise<Result> {
    const { name, maxQueue, maxWaitMs, validate, keyOf } = this.options;
    if (this.closed) throw this.closed;
    signal?.throwIfAborted();
    validate?.(item);
    const now = Date.now();
    const expires = deadline?.getTime() ?? Infinity;
    if (expires <= now) throw this.late();
    if (this.queue.length >= maxQueue) {
      throw new QuartetError('QUEUE_FULL', `${this.queue.length} requests wait for ${name}; the limit is ${maxQueue}. Send this one again later, or add replicas.`, {
        retryAfterMs: this.drainTimeMs(),
        metadata: { model: name },
      });
    }
    return new Promise<Result>((resolve, reject) => {
      const entry: Entry<Item, Result> = { item, size, key: keyOf?.(item) ?? '', queued: now, startBy: now + maxWaitMs, expires, resolve, reject, release: () => {} };
      if (signal) {
        const leave = () => {
          if (this.queue.remove(entry)) this.schedule();
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', leave, { once: true });
        entry.release = () => signal.removeEventListener('abort', leave);
      }
      this.queue.push(entry);
      this.schedule();
    });
  }

  /** Refuses new requests and fails those that wait; a running batch is finished. */
  close(reason: QuartetError = new QuartetError('DRAINING', `${this.options.name} is being unloaded.`, { retryAfterMs: 1000 })): void {
    this.closed = reason;
    this.unobserve();
    clearTimeout(this.timer);
    for (const entry of this.queue.clear()) {
      entry.release();
      entry.reject(reason);
    }
  }

  private late(): QuartetError {
    return new QuartetError('DEADLINE_EXCEEDED', `The call's deadline passed before ${this.options.name} could start on it. Allow more time, or add replicas.`);
  }

  /** How long the requests that wait now will take. */
  private drainTimeMs(): number {
    const batches = Math.ceil(this.queue.examples / this.options.maxBatch / this.options.concurrency);
    return Math.min(60_000, Math.max(10, Math.ceil(batches * this.runMs)));
  }

  /** Starts what is due and sets the timer for the next moment at which something may be. */
  private schedule(): void {
    clearTimeout(this.timer);
    const now = Date.now();
    for (const entry of this.queue.takeExpired(now)) {
      entry.release();
      entry.reject(this.late());
    }
    while (this.running < this.options.concurrency) {
      const batch = this.queue.takeDue(now, this.options.maxBatch, this.runMs);
      if (!batch) break;
      void this.start(batch);
    }
    const next = this.queue.nextEvent(this.running < this.options.concurrency ? this.runMs : undefined);
    if (next < Infinity) this.timer = setTimeout(() => this.schedule(), Math.min(2 ** 31 - 1, Math.max(0, next - Date.now())));
  }

  private async start(batch: Entry<Item, Result>[]): Promise<void> {
    this.running += 1;
    const started = Date.now();
    const size = batch.reduce((sum, entry) => sum + entry.size, 0);
    const attributes = { model: this.options.name };
    recordBatch(size, attributes);
    for (const { queued } of batch) recordQueueWait(started - queued, attributes);
    try {
      // Out of the context of whichever request happened to start the batch: spans of a run belong to none of them.
      const results = await context.with(ROOT_CONTEXT, () => this.options.run(batch.map(({ item }) => item)));
      if (results.length !== batch.length) throw new Error(`${this.options.name}: ${batch.length} items went in, ${results.length} results came out`);
      batch.forEach((entry, i) => {
        const result = results[i];
        if (result instanceof Error) entry.reject(result);
        else entry.resolve(result as Result);
      });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      for (const entry of batch) entry.release();
      const took = Date.now() - started;
      this.runMs = this.runMs === 0 ? took : this.runMs + SMOOTHING * (took - this.runMs);
      this.running -= 1;
      if (!this.closed) this.schedule();
    }
  }
}
