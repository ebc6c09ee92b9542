import { Batcher } from '../../batching/batcher';
import { recordSpan } from '../../telemetry/trace';
import type { CallScope } from '../architecture-family';
import type { EnginePool } from '../engine/pool';
import { now, type Tensors } from '../engine/protocol';
import { priorityOf } from './priority';
import type { RunFacts } from './run-report';
import type { VersionStatistics } from './statistics';
import { batchKey, concatenate, rowsOf, split } from './tensors';

export interface ModelBatcherOptions {
  /** `digits/3` */
  key: string;
  pool: EnginePool;
  /** Most examples in one batch. */
  maxBatch: number;
  /** Most requests waiting. */
  maxQueue: number;
  /** Of the version: told of each batch. */
  statistics: VersionStatistics;
  /** How long a lone request waits for company. */
  maxWaitMs: number;
}

interface Item {
  inputs: Tensors;
  rows: number;
  /** When the request came, in ms since the epoch. */
  queued: number;
  traceparent: string | undefined;
}

/** What a request gets, with what is known of its run. */
export interface Ran {
  outputs: Tensors;
  facts: RunFacts;
}

/** Brings the requests for one version together into batches, a queue for each of the version's methods. */
export class ModelBatcher {
  readonly #options: ModelBatcherOptions;
  readonly #queues = new Map<string, Batcher<Item, Ran>>();

  constructor(options: ModelBatcherOptions) {
    this.#options = options;
  }

  get length(): number {
    let sum = 0;
    for (const queue of this.#queues.values()) sum += queue.length;
    return sum;
  }

  submit(method: string, inputs: Tensors, call: CallScope): Promise<Ran> {
    const { signal, deadline, traceparent } = call;
    const rows = rowsOf(inputs);
    return this.#queue(method).submit({ inputs, rows, queued: now(), traceparent }, { signal, deadline, size: rows, priority: priorityOf(call) });
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }

  #queue(method: string): Batcher<Item, Ran> {
    const known = this.#queues.get(method);
    if (known) return known;
    const { key, pool, maxBatch, maxQueue, maxWaitMs } = this.#options;
    const made = new Batcher<Item, Ran>({
      name: key,
      maxBatch,
      maxWaitMs,
      maxQueue,
      concurrency: pool.size,
      run: (items, priority) => this.#run(method, items, priority),
      keyOf: ({ inputs }) => batchKey(inputs),
    });
    this.#queues.set(method, made);
    return made;
  }

  async #run(method: string, items: Item[], priority: number): Promise<Ran[]> {
    const { key, pool, statistics } = this.#options;
    const begun = now();
    const { outputs, startedAt, endedAt, worker } = await pool.run(key, method, () => concatenate(items.map(({ inputs }) => inputs)), priority);
    const rows = items.map((item) => item.rows);
    const size = rows.reduce((a, b) => a + b, 0);
    const attributes = { 'quartet.version': key, 'quartet.method': method, 'quartet.worker': worker, 'quartet.batch_size': size };
    // Each caller's trace shows the one run that its request was part of.
    for (const { traceparent } of items) recordSpan('engine worker', startedAt, endedAt, attributes, traceparent);
    const parts = split(outputs, rows);
    const queueMs = items.map(({ queued }) => begun - queued);
    statistics.batch({ size, queueMs, inputMs: startedAt - begun, inferMs: endedAt - startedAt, outputMs: now() - endedAt });
    return parts.map((part, index) => ({ outputs: part, facts: { batchSize: size, queueMs: queueMs[index] ?? 0, computeMs: endedAt - startedAt } }));
  }
}
