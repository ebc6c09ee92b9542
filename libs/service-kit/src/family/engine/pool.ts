import { QuartetError } from '@quartet/contracts';
import type { Logger } from '../../logging/logger';
import { backoffMs, pause } from '../retry';
import { FairShare } from './fair-share';
import type { Tensors, WorkTimes } from './protocol';
import { EngineCrash, EngineThread } from './thread';

export interface EnginePoolOptions {
  /** Worker threads, each with a TensorFlow context and every loaded version. */
  workers: number;
  /** Module that exports `host: ModelHost`. */
  hostModule: string;
  log: Logger;
  /** Called when a worker comes up or ends. */
  onChange?(): void;
}

export interface RunResult extends WorkTimes {
  outputs: Tensors;
  /** Index of the worker that did it. */
  worker: number;
}

/** A worker runs one request and has the next at hand; more wait here. Batchers bound how many there are. */
const CLAIMS_PER_WORKER = 2;

interface Waiter {
  key: string;
  priority: number;
  take(thread: EngineThread, worker: number): void;
  fail(error: Error): void;
}

/**
 * The engine workers of a service. A worker that ends is replaced and given the loaded versions anew; what it was
 * running is run once more by another, since an inference can be repeated, and then fails with UNAVAILABLE.
 */
export class EnginePool {
  readonly #options: EnginePoolOptions;
  readonly #threads: (EngineThread | undefined)[];
  readonly #folders = new Map<string, string>();
  readonly #share = new FairShare();
  #waiting: Waiter[] = [];
  #closed = false;
  /** A warning of the engine holds for all workers, and for those that replace them. */
  #warned = false;

  constructor(options: EnginePoolOptions) {
    this.#options = options;
    this.#threads = Array.from({ length: options.workers }, () => undefined);
  }

  /** True while at least one worker takes requests. */
  get ready(): boolean {
    return this.#threads.some((thread) => thread !== undefined);
  }

  /** Number of workers. */
  get size(): number {
    return this.#threads.length;
  }

  /** Starts all workers; resolves when each has come up once. */
  async start(): Promise<void> {
    await Promise.all(this.#threads.map((_, index) => new Promise<void>((up) => void this.#keepUp(index, up))));
  }

  /** Loads a version into every worker. */
  async load(key: string, folder: string): Promise<void> {
    this.#folders.set(key, folder);
    try {
      await Promise.all(this.#threads.map(async (thread) => thread?.load(key, folder)));
    } catch (error) {
      await this.unload(key);
      throw error;
    }
    this.#dispatch();
  }

  async unload(key: string): Promise<void> {
    this.#folders.delete(key);
    this.#share.forget(key);
    await Promise.all(this.#threads.map(async (thread) => thread?.unload(key).catch(() => undefined)));
  }

  /**
   * Runs a method of a loaded version.
   * @param inputs makes the inputs, anew for each try: a try moves their memory to a worker
   * @param priority -9 to 9, higher first
   */
  async run(key: string, method: string, inputs: () => Tensors, priority = 0): Promise<RunResult> {
    for (let attempt = 1; ; attempt++) {
      const { thread, worker } = await this.#acquire(key, priority);
      const started = performance.now();
      try {
        return { ...(await thread.run(key, method, inputs())), worker };
      } catch (error) {
        if (!(error instanceof EngineCrash) || attempt === 2 || this.#closed) throw error;
      } finally {
        this.#share.end(key, performance.now() - started);
        thread.claims--;
        this.#dispatch();
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waiting.splice(0)) waiter.fail(stopping());
    await Promise.all(this.#threads.map(async (thread) => thread?.terminate()));
  }

  /** Keeps worker `index` alive for as long as the pool is open. */
  async #keepUp(index: number, up: () => void): Promise<void> {
    for (let failures = 0; !this.#closed; ) {
      const thread = new EngineThread(this.#options.hostModule);
      try {
        const { engine, warning } = await thread.ready;
        // More may be asked for while these load; it ends when nothing is missing.
        for (let missing = this.#missing(thread); missing.length > 0; missing = this.#missing(thread)) {
          for (const [key, folder] of missing) await thread.load(key, folder).catch((error: unknown) => this.#drop(key, error));
        }
        if (this.#closed) return await thread.terminate();
        this.#options.log.info({ worker: index, engine }, 'engine worker ready');
        if (warning && !this.#warned) this.#options.log.warn({ engine }, warning);
        this.#warned ||= warning !== undefined;
        this.#threads[index] = thread;
        failures = 0;
        this.#dispatch();
        this.#options.onChange?.();
        up();
      } catch (error) {
        failures++;
        this.#options.log.error({ worker: index, err: error }, 'engine worker failed to start');
        await thread.terminate();
      }
      const reason = await thread.ended;
      this.#threads[index] = undefined;
      if (this.#closed) return;
      this.#options.onChange?.();
      this.#options.log.error({ worker: index, reason }, 'engine worker ended; starting another');
      await pause(failures === 0 ? 0 : backoffMs(failures));
    }
  }

  #missing(thread: EngineThread): [string, string][] {
    return [...this.#folders].filter(([key]) => !thread.loaded.has(key));
  }

  #drop(key: string, error: unknown): void {
    if (error instanceof EngineCrash) throw error;
    this.#folders.delete(key);
    this.#options.log.error({ version: key, err: error }, 'version failed to load into a new engine worker; dropped');
  }

  #acquire(key: string, priority: number): Promise<{ thread: EngineThread; worker: number }> {
    if (this.#closed) return Promise.reject(stopping());
    return new Promise((resolve, reject) => {
      this.#share.arrive(key);
      this.#waiting.push({ key, priority, take: (thread, worker) => resolve({ thread, worker }), fail: reject });
      this.#dispatch();
    });
  }

  /** Hands waiting requests to workers with room, the least busy first; each model gets its share of them. */
  #dispatch(): void {
    for (const waiter of this.#share.order(this.#waiting)) {
      if (!this.#folders.has(waiter.key)) {
        this.#remove(waiter);
        waiter.fail(new QuartetError('UNAVAILABLE', `${waiter.key} was unloaded; send the request again`, { retryAfterMs: 100 }));
        continue;
      }
      const free = [...this.#threads.entries()]
        .filter((entry): entry is [number, EngineThread] => entry[1] !== undefined && entry[1].loaded.has(waiter.key))
        .filter(([, thread]) => thread.claims < CLAIMS_PER_WORKER)
        .sort(([, a], [, b]) => a.claims - b.claims)[0];
      if (!free) continue;
      this.#remove(waiter);
      free[1].claims++;
      this.#share.start(waiter.key);
      waiter.take(free[1], free[0]);
    }
  }

  #remove(waiter: Waiter): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiter);
  }
}

const stopping = () => new QuartetError('DRAINING', 'the service is stopping; send the request again', { retryAfterMs: 1000 });
