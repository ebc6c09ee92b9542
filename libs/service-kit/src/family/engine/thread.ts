import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { QuartetError } from '@quartet/contracts';
import { fromPlainError, transferable, type EngineReply, type EngineRequest, type EngineWorkerData, type Tensors, type WorkTimes } from './protocol';

/** Thrown to every request of a worker thread that ended. What it was doing may be done again by another. */
export class EngineCrash extends QuartetError {
  constructor(detail: string) {
    super('UNAVAILABLE', `the engine worker ended (${detail}) and is being replaced; send the request again`, { retryAfterMs: 500 });
  }
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
interface Pending {
  resolve(result: { outputs: Tensors | undefined } & WorkTimes): void;
  reject(error: Error): void;
}

/** One engine worker, from the main thread's side. It is not restarted: EnginePool replaces it. */
export class EngineThread {
  /** Resolves with what the engine is, and what there is to say of it, once the worker has started. */
  readonly ready: Promise<{ engine: string; warning: string | undefined }>;
  /** Resolves, with the reason, when the thread has ended. */
  readonly ended: Promise<string>;
  readonly loaded = new Set<string>();
  /** Requests that EnginePool has given to this thread and that haven't ended. */
  claims = 0;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #end: string | undefined;

  constructor(hostModule: string) {
    const data: EngineWorkerData = { hostModule };
    this.#worker = new Worker(join(__dirname, 'worker.js'), { workerData: data, name: 'engine' });
    let failure: string | undefined;
    this.ended = new Promise((resolve) => {
      this.#worker.on('error', (error) => (failure = error instanceof Error ? error.message : String(error)));
      this.#worker.on('messageerror', (error) => (failure = error.message));
      this.#worker.once('exit', (code) => {
        this.#end = failure ?? `exit code ${code}`;
        for (const { reject } of this.#pending.values()) reject(new EngineCrash(this.#end));
        this.#pending.clear();
        resolve(this.#end);
      });
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (reply: EngineReply) => (reply.kind === 'ready' ? resolve(reply) : this.#settle(reply)));
      void this.ended.then((reason) => reject(new EngineCrash(reason)));
    });
    this.ready.catch(() => undefined); // Whoever waits for it hears of it; a thread that nobody waits for may fail.
  }

  async load(key: string, folder: string): Promise<void> {
    await this.#send({ kind: 'load', key, folder });
    this.loaded.add(key);
  }

  async unload(key: string): Promise<void> {
    this.loaded.delete(key);
    await this.#send({ kind: 'unload', key });
  }

  /** Runs a method of a loaded model. The inputs' buffers are moved to the worker: they are gone afterwards. */
  async run(key: string, method: string, inputs: Tensors): Promise<{ outputs: Tensors } & WorkTimes> {
    const { outputs = {}, startedAt, endedAt } = await this.#send({ kind: 'run', key, method, inputs }, transferable(inputs));
    return { outputs, startedAt, endedAt };
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(request: WithoutId<EngineRequest>, transfer: ArrayBuffer[] = []): Promise<{ outputs: Tensors | undefined } & WorkTimes> {
    if (this.#end !== undefined) return Promise.reject(new EngineCrash(this.#end));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
  }

  #settle(reply: Exclude<EngineReply, { kind: 'ready' }>): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.kind === 'failed') pending?.reject(fromPlainError(reply.error));
    else pending?.resolve(reply);
  }
}
