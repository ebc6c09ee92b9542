import type { Version } from '@quartet/contracts';
import { keyOf } from './label-table';

/** A number of things and the milliseconds that they took together. */
export class Duration {
  count = 0;
  ms = 0;

  add(ms: number, count = 1): void {
    this.count += count;
    this.ms += ms;
  }
}

/** One batch that ran. */
export interface BatchFacts {
  /** Examples. */
  size: number;
  /** How long each of its requests had waited, in ms. */
  queueMs: readonly number[];
  /** Making it, and its way to the engine worker. */
  inputMs: number;
  inferMs: number;
  /** The way back, and its cutting. */
  outputMs: number;
}

/** What a version has done in this process. */
export class VersionStatistics {
  readonly success = new Duration();
  readonly fail = new Duration();
  readonly queue = new Duration();
  readonly input = new Duration();
  readonly infer = new Duration();
  readonly output = new Duration();
  /** By the number of examples. */
  readonly batches = new Map<number, Record<'input' | 'infer' | 'output', Duration>>();
  /** Milliseconds since 1970. */
  lastInference = 0;
  inferences = 0;
  executions = 0;

  constructor(
    readonly model: string,
    readonly version: bigint,
  ) {}

  /** A request that has ended. */
  request(ms: number, succeeded: boolean): void {
    (succeeded ? this.success : this.fail).add(ms);
  }

  batch({ size, queueMs, inputMs, inferMs, outputMs }: BatchFacts): void {
    const requests = queueMs.length;
    this.lastInference = Date.now();
    this.inferences += size;
    this.executions += 1;
    for (const ms of queueMs) this.queue.add(ms);
    // Each request of a batch has had all of its time, as with Triton.
    this.input.add(inputMs * requests, requests);
    this.infer.add(inferMs * requests, requests);
    this.output.add(outputMs * requests, requests);
    const own = this.batches.get(size) ?? { input: new Duration(), infer: new Duration(), output: new Duration() };
    this.batches.set(size, own);
    own.input.add(inputMs);
    own.infer.add(inferMs);
    own.output.add(outputMs);
  }
}

/** Versions whose counts are kept; those that were called first leave. */
const MOST_VERSIONS = 1024;

/** The counts of all versions that have been called. They outlive a version's stay in memory. */
export class Statistics {
  readonly #byKey = new Map<string, VersionStatistics>();

  of(version: Pick<Version, 'model' | 'version'>): VersionStatistics {
    const key = keyOf(version);
    const known = this.#byKey.get(key) ?? new VersionStatistics(version.model, version.version);
    this.#byKey.set(key, known);
    const oldest = this.#byKey.keys().next().value;
    if (this.#byKey.size > MOST_VERSIONS && oldest !== undefined) this.#byKey.delete(oldest);
    return known;
  }

  get all(): VersionStatistics[] {
    return [...this.#byKey.values()];
  }
}
