import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { QuartetError } from '@quartet/contracts';
import { observeQueue, recordBatch, recordQueueWait } from '../telemetry/metrics';
import { Company } from './company';
import { CostModel } from './cost-model';
import { BatchQueue, type Entry } from './queue';

export interface BatcherOptions<Item, Result> {
  /** Name of what is batched, for errors and metrics: the model. */
  name: string;
  /** Most examples that go through `run` together. */
  maxBatch: number;
  /** Longest that a lone request waits for others, in milliseconds, unless as many are there as batches lately had. 0: takes only what waits already. */
  maxWaitMs: number;
  /** Most requests waiting; more are refused with QUEUE_FULL. */
  maxQueue: number;
  /** Batches that may run at the same time: the number of engine workers. Default 1. */
  concurrency?: number;
  /**
   * One result an item, in order. An Error in place of a result fails that item alone. After a rejection the halves of the batch
   * run by themselves, and so on, until only the items that cause it fail; not after DRAINING or UNAVAILABLE, which say nothing
   * of the items.
   * @param priority The highest of the items'.
   */
  run: (items: Item[], priority: number) => Promise<(Result | Error)[]>;
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
  /** -9 to 9, higher first; default 0. A step overtakes what came up to a second earlier. */
  priority?: number;
}

/**
 * What is taken in should be done in so much less than its deadline leaves: estimates err, and the answer has a way to go. A request that comes too
 * late has taken the time of one that would not have. Of the wait more may go wrong than of the own run: under overload runs take longer than those
 * before it. A shorter queue costs no throughput while it is never empty.
 */
const SLACK = { wait: 2, run: 1.25 };

interface Run {
  /** When it should be over. */
  until: number;
}

/**
 * Collects requests into batches: a batch starts once it is full, once it has as many requests as batches lately had, once its first request has
 * waited `maxWaitMs`, or once a request's deadline, less the time that a run of that size takes, is near; and never while `concurrency` batches are running, so
 * batches grow with the load. Requests that are cancelled or whose deadline passes while they wait leave the queue; the
 * others don't notice.
 */
export class Batcher<Item, Result> {
  private readonly queue = new BatchQueue<Item, Result>();
  private readonly options: Required<Pick<BatcherOptions<Item, Result>, 'concurrency'>> & BatcherOptions<Item, Result>;
  private readonly unobserve: () => void;
  private readonly company = new Company();
  private readonly cost = new CostModel();
  private readonly costOf = (size: number): number => this.cost.estimate(size);
  private readonly running = new Set<Run>();
  private timer: NodeJS.Timeout | undefined;
  private closed: QuartetError | undefined;

  constructor(options: BatcherOptions<Item, Result>) {
    this.options = { concurrency: 1, ...options };
    this.unobserve = observeQueue(options.name, () => this.queue.length);
  }

  /** Requests that wait. */
  get length(): number {
    return this.queue.length;
  }

  /**
   * Resolves with the item's result.
   * @throws QuartetError QUEUE_FULL with a retry delay, DEADLINE_EXCEEDED (both also at once, where the deadline can't be met by what
   * earlier runs took), the signal's reason, what `validate` throws,
   * or what `run` gave for the item.
   */
  async submit(item: Item, { signal, deadline, size = 1, priority = 0 }: SubmitOptions = {}): Promise<Result> {
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
    this.refuseHopeless(size, priority, expires, now);
    return new Promise<Result>((resolve, reject) => {
      const entry: Entry<Item, Result> = { item, size, priority, key: keyOf?.(item) ?? '', queued: now, startBy: now + maxWaitMs, expires, resolve, reject, release: () => {} };
      if (signal) {
        const leave = () => {
          entry.over = true;
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

  /** @throws QuartetError for a request that can't be done by its deadline: better known now than waited for. */
  private refuseHopeless(size: number, priority: number, expires: number, now: number): void {
    if (expires === Infinity || !this.cost.known(now)) return;
    const { name } = this.options;
    const left = expires - now;
    const alone = Math.ceil(this.cost.estimate(size));
    if (alone > left) {
      throw new QuartetError('DEADLINE_EXCEEDED', `${name} takes about ${alone} ms for ${size} examples; the call's deadline leaves ${left} ms. Allow more time, or send less at once.`);
    }
    // Those that it would share its batch with are work before it too: if time gets short, they go first.
    const { maxBatch } = this.options;
    const company = this.queue.examplesBefore(priority, now) % maxBatch;
    const before = company === 0 ? 0 : this.cost.estimate(company);
    const own = this.cost.estimate(Math.min(maxBatch, company + size)) - before;
    const ahead = Math.ceil(this.waitMs(priority, now) + before);
    if (SLACK.wait * ahead + SLACK.run * own <= left) return;
    const message = `${name} has about ${ahead} ms of work before this request; the call's deadline leaves ${left} ms. Send it again later, allow more time, or add replicas.`;
    throw new QuartetError('QUEUE_FULL', message, { retryAfterMs: Math.min(60_000, Math.max(10, ahead)), metadata: { model: name } });
  }

  /** About how long until a batch with a new request of that priority starts. */
  private waitMs(priority: number, now: number): number {
    const { maxBatch, concurrency } = this.options;
    const free = this.running.size < concurrency ? now : Math.min(...[...this.running].map(({ until }) => until));
    const batches = Math.floor(this.queue.examplesBefore(priority, now) / maxBatch);
    return Math.max(0, free - now) + (batches * this.cost.estimate(maxBatch)) / concurrency;
  }

  /** How long the requests that wait now will take. */
  private drainTimeMs(): number {
    const { maxBatch, concurrency } = this.options;
    const batches = Math.ceil(this.queue.examples / maxBatch / concurrency);
    return Math.min(60_000, Math.max(10, Math.ceil(batches * this.cost.estimate(maxBatch))));
  }

  /** Starts what is due and sets the timer for the next moment at which something may be. */
  private schedule(): void {
    clearTimeout(this.timer);
    const now = Date.now();
    for (const entry of this.queue.takeExpired(now)) {
      entry.release();
      entry.reject(this.late());
    }
    while (this.running.size < this.options.concurrency) {
      const batch = this.queue.takeDue(now, this.options.maxBatch, this.costOf, this.company.expected);
      if (!batch) break;
      const doable = this.refuseLate(batch, now);
      if (doable.length > 0) void this.start(doable);
    }
    const next = this.queue.nextEvent(this.options.maxBatch, this.running.size < this.options.concurrency ? this.costOf : undefined);
    if (next < Infinity) this.timer = setTimeout(() => this.schedule(), Math.min(2 ** 31 - 1, Math.max(0, next - Date.now())));
  }

  /** Of a batch that would start, those that it can be done in time for, by the estimate. The others would take their time: they are refused. */
  private refuseLate(batch: Entry<Item, Result>[], now: number): Entry<Item, Result>[] {
    if (!this.cost.known(now)) return batch;
    const over = now + this.cost.estimate(sizeOf(batch));
    return batch.filter((entry) => {
      if (entry.expires >= over) return true;
      const { name } = this.options;
      const message = `${name} had more work before this request than was estimated; the call's deadline leaves ${entry.expires - now} ms, and it takes about ${Math.ceil(over - now)} ms. Send it again later, allow more time, or add replicas.`;
      entry.release();
      entry.reject(new QuartetError('QUEUE_FULL', message, { retryAfterMs: this.drainTimeMs(), metadata: { model: name } }));
      return false;
    });
  }

  private async start(batch: Entry<Item, Result>[]): Promise<void> {
    const started = Date.now();
    const size = sizeOf(batch);
    const running: Run = { until: started + this.cost.estimate(size) };
    this.running.add(running);
    this.company.observe(batch.length);
    const attributes = { model: this.options.name };
    recordBatch(size, attributes);
    for (const { queued } of batch) recordQueueWait(started - queued, attributes);
    try {
      await this.run(batch);
    } finally {
      for (const entry of batch) entry.release();
      this.running.delete(running);
      if (!this.closed) this.schedule();
    }
  }

  /** Answers the entries; a failure is narrowed down to those that cause it. */
  private async run(batch: Entry<Item, Result>[]): Promise<void> {
    const started = Date.now();
    let results: (Result | Error)[];
    try {
      const priority = Math.max(...batch.map((entry) => entry.priority));
      // Out of the context of whichever request happened to start the batch: spans of a run belong to none of them.
      results = await context.with(ROOT_CONTEXT, () => this.options.run(batch.map(({ item }) => item), priority));
    } catch (error) {
      const left = batch.filter(({ over }) => !over);
      if (left.length <= 1 || isNotOfTheItems(error)) {
        for (const entry of batch) entry.reject(error);
        return;
      }
      const half = Math.ceil(left.length / 2);
      await this.run(left.slice(0, half));
      await this.run(left.slice(half));
      return;
    }
    const now = Date.now();
    this.cost.observe(sizeOf(batch), now - started, now);
    if (results.length !== batch.length) {
      const error = new Error(`${this.options.name}: ${batch.length} items went in, ${results.length} results came out`);
      for (const entry of batch) entry.reject(error);
      return;
    }
    batch.forEach((entry, i) => {
      const result = results[i];
      if (result instanceof Error) entry.reject(result);
      else entry.resolve(result as Result);
    });
  }
}

const sizeOf = (batch: readonly { size: number }[]): number => batch.reduce((sum, entry) => sum + entry.size, 0);

const isNotOfTheItems = (error: unknown): boolean => QuartetError.is(error) && (error.reason === 'DRAINING' || error.reason === 'UNAVAILABLE');
