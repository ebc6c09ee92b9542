import type { Family, Settings } from '@quartet/contracts';
import type { BlobStore } from '../blobs/blob-store';
import { BlobReferences } from './blob-references';
import { Datasets } from './datasets';
import { Jobs } from './jobs/jobs';
import { Models } from './models/models';
import { TrafficRules } from './models/traffic';
import { watchVersions, type Served } from './models/watch-versions';
import { Queue } from './queue';
import { Signals } from './signals';
import type { Connection } from './sql/connection';
import { dumpTo, type Dump } from './backup/dump';
import { migrate } from './sql/migrate';
import { openDatabase } from './sql/open-database';

export interface MetadataOptions {
  settings: Pick<Settings, 'QUARTET_HOME' | 'QUARTET_DATABASE_URL' | 'QUARTET_LEASE_MS'>;
  blobs: BlobStore;
  /** Told of failures of background work, which is tried again. */
  onError?: (error: Error) => void;
  /** How long a blob that lost its last owner stays, in milliseconds. */
  garbageMs?: number;
}

const GARBAGE_MS = 60_000;
const ORPHAN_MS = 24 * 3_600_000;
const ORPHAN_EVERY_MS = 6 * 3_600_000;

/** Opens the database, brings it to this release, and starts taking back jobs of silent workers. */
export async function openMetadata(options: MetadataOptions): Promise<Metadata> {
  const connection = await openDatabase(options.settings);
  try {
    const onError = options.onError ?? (() => undefined);
    const queue = await connection.exclusively(async () => {
      await migrate(connection.db);
      return Queue.open(connection, onError);
    });
    const signals = await Signals.open(connection);
    const metadata = new Metadata(connection, queue, signals, options);
    await metadata.start(onError);
    return metadata;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Everything that the registry remembers. */
export class Metadata {
  readonly blobs: BlobReferences;
  readonly datasets: Datasets;
  readonly models: Models;
  readonly traffic: TrafficRules;
  readonly jobs: Jobs;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(
    readonly connection: Connection,
    readonly queue: Queue,
    readonly signals: Signals,
    readonly options: MetadataOptions,
  ) {
    const { db } = connection;
    this.blobs = new BlobReferences(db, options.blobs);
    this.datasets = new Datasets(db, this.blobs);
    this.models = new Models(db, this.blobs);
    this.traffic = new TrafficRules(db);
    const leaseMs = options.settings.QUARTET_LEASE_MS;
    this.jobs = new Jobs({ db, queue, signals, blobs: this.blobs, datasets: this.datasets, leaseMs });
  }

  /** The versions of a family that should be in memory, and how calls are shared out: all, then again at each change. */
  watchVersions(family: Family, signal: AbortSignal): AsyncGenerator<Served> {
    return watchVersions(this.connection.db, this.signals, family, signal);
  }

  /** Writes all rows as they are at one moment; see `dumpTo`. */
  dump(file: string): Promise<Dump> {
    return dumpTo(this.connection.db, file);
  }

  async start(onError: (error: Error) => void): Promise<void> {
    await this.jobs.extendLeases();
    const leaseMs = this.options.settings.QUARTET_LEASE_MS;
    const garbageMs = this.options.garbageMs ?? GARBAGE_MS;
    this.#every(Math.min(Math.max(leaseMs / 4, 100), 2_000), () => this.jobs.sweep(), onError);
    this.#every(Math.max(garbageMs / 2, 100), () => this.blobs.collect(garbageMs), onError);
    this.#every(ORPHAN_EVERY_MS, () => this.blobs.collectOrphans(ORPHAN_MS), onError);
  }

  /** Ends background work and closes the database. Calls in progress fail. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
    await this.queue.close();
    await this.connection.close();
  }

  /** Runs `work` at intervals, never twice at a time. */
  #every(ms: number, work: () => Promise<unknown>, onError: (error: Error) => void): void {
    let busy = false;
    const run = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        onError(error as Error);
      } finally {
        busy = false;
      }
    };
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      const running = run().finally(() => this.#running.delete(running));
      this.#running.add(running);
    }, ms);
    this.#timers.push(timer.unref());
  }
}
