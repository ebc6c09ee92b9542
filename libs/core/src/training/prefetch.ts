import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { CoreError } from '../errors';
import type { BatchSource } from './batches';
import type { ExampleBatch } from './objective';
import type { BatchRequest, PlainFailure, PrefetchReply, PrefetchWorkerData } from './prefetch-messages';

export interface PrefetchOptions {
  /**
   * Absolute path of a module that exports `createBatches(data)`, which returns a BatchSource or a promise of one. It is loaded in
   * the worker thread. The arrays of its batches are handed over: it makes new ones for each batch.
   */
  module: string;
  /** What `createBatches` gets: a copy, but for SharedArrayBuffers, which stay shared. */
  data: unknown;
  /** Batches made beforehand, at least 1. Default 4: the worker may fall behind for a moment. */
  ahead?: number;
}

interface Waiting {
  resolve(batch: ExampleBatch): void;
  reject(error: Error): void;
}

/**
 * A BatchSource whose batches are made in a worker thread, while the training's own thread is inside TensorFlow: the next one
 * is there before it is asked for. Gives what the worker's source gives, in any order; the usual order is the fast one.
 * `dispose` ends the thread.
 *
 * @example const training = await PrefetchedBatches.start({ module: require.resolve('./my-batches'), data: { folder, seed } });
 */
export class PrefetchedBatches implements BatchSource {
  /** Those asked for and not yet given out, by their number from the training's start. */
  private readonly made = new Map<number, Promise<ExampleBatch>>();
  private readonly waiting: Waiting[] = [];
  private ended: Error | undefined;

  private constructor(
    private readonly worker: Worker,
    readonly stepsPerEpoch: number,
    private readonly ahead: number,
  ) {
    worker.on('message', (reply: PrefetchReply) => this.settle(reply));
    onEnd(worker, (error) => this.end(error));
  }

  /** @throws what `createBatches` throws: a CoreError with its reason, INTERNAL for any other error. */
  static start({ module, data, ahead = 4 }: PrefetchOptions): Promise<PrefetchedBatches> {
    if (!Number.isInteger(ahead) || ahead < 1) throw CoreError.invalid('ahead', `received ${ahead}, expected a whole number of at least 1`);
    const workerData: PrefetchWorkerData = { module, data };
    const worker = new Worker(path.join(__dirname, 'prefetch-worker.js'), { workerData, name: 'batches' });
    return new Promise<PrefetchedBatches>((resolve, reject) => {
      const fail = (error: Error): void => {
        void worker.terminate();
        reject(error);
      };
      onEnd(worker, fail);
      worker.once('message', (reply: PrefetchReply) => {
        if (reply.kind === 'ready') resolve(new PrefetchedBatches(worker, reply.stepsPerEpoch, ahead));
        else fail(reply.kind === 'failed' ? toError(reply.failure) : new CoreError('INTERNAL', 'the batch worker spoke out of turn'));
      });
    });
  }

  batch(epoch: number, step: number): Promise<ExampleBatch> {
    if (this.ended) return Promise.reject(this.ended);
    const index = epoch * this.stepsPerEpoch + step;
    // After a jump, what was made for the old place is dropped.
    for (const other of this.made.keys()) if (other < index || other > index + this.ahead) this.made.delete(other);
    for (let next = index; next <= index + this.ahead; next += 1) if (!this.made.has(next)) this.made.set(next, this.request(next));
    const batch = this.made.get(index) as Promise<ExampleBatch>;
    this.made.delete(index);
    return batch;
  }

  /** Ends the worker thread; a batch that is still waited for is rejected. */
  async dispose(): Promise<void> {
    this.end(new CoreError('WRONG_STATE', 'the batches were disposed of'));
    await this.worker.terminate();
  }

  private request(index: number): Promise<ExampleBatch> {
    const request: BatchRequest = { epoch: Math.floor(index / this.stepsPerEpoch), step: index % this.stepsPerEpoch };
    const batch = new Promise<ExampleBatch>((resolve, reject) => this.waiting.push({ resolve, reject }));
    // Whoever asks for it hears of a failure; nobody may.
    batch.catch(() => undefined);
    this.worker.postMessage(request);
    return batch;
  }

  private settle(reply: PrefetchReply): void {
    const first = this.waiting.shift();
    if (reply.kind === 'batch') first?.resolve(reply.batch);
    else if (reply.kind === 'failed') first?.reject(toError(reply.failure));
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
    this.made.clear();
  }
}

function onEnd(worker: Worker, told: (error: Error) => void): void {
  worker.on('error', (error) => told(new CoreError('INTERNAL', `the batch worker failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })));
  worker.on('exit', (code) => told(new CoreError('INTERNAL', `the batch worker ended with exit code ${code}`)));
}

function toError({ message, reason, violations, metadata }: PlainFailure): CoreError {
  return reason ? new CoreError(reason, message, { violations, metadata }) : new CoreError('INTERNAL', `no batch could be made: ${message}`);
}
