import type { Version } from '@quartet/contracts';
import type { Logger } from '../../logging/logger';
import type { ContentCache } from '../content-cache';
import type { EnginePool } from '../engine/pool';
import { backoffMs, brief, pause } from '../retry';
import { ModelBatcher, type ModelBatcherOptions } from './model-batcher';
import { keyOf } from './label-table';
import type { Statistics } from './statistics';

export interface ShelfOptions extends Pick<ModelBatcherOptions, 'maxBatch' | 'maxQueue' | 'maxWaitMs'> {
  pool: EnginePool;
  cache: ContentCache;
  /** Versions without a label that are held; the least recently used ones beyond it leave. */
  maxUnlabelled: number;
  statistics: Statistics;
  log: Logger;
  /** Called when a labelled version has become ready. */
  onLoaded(): void;
}

/** A version that is held. */
export interface HeldVersion {
  version: Version;
  labelled: boolean;
  /** It takes requests; otherwise it is being loaded. */
  ready: boolean;
}

const heldOf = ({ version, pinned, ready }: Entry): HeldVersion => ({ version, labelled: pinned, ready });

/** A version in memory, or on its way there. */
interface Entry {
  readonly key: string;
  readonly version: Version;
  /** A label points at it. */
  pinned: boolean;
  /** No label points at it any longer: it leaves when the last request for it has ended. */
  retired: boolean;
  users: number;
  usedAt: number;
  ready: boolean;
  loading: Promise<void> | undefined;
  batcher: ModelBatcher | undefined;
}

/**
 * The versions that the engine workers hold: those with a label always, others on demand, a few at a time. A version
 * leaves only when no request uses it.
 */
export class Shelf {
  readonly #options: ShelfOptions;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  isLoaded = (key: string): boolean => this.#entries.get(key)?.ready ?? false;

  /** Requests that wait, over all versions. */
  get queued(): number {
    let sum = 0;
    for (const { batcher } of this.#entries.values()) sum += batcher?.length ?? 0;
    return sum;
  }

  /** Labelled versions that aren't ready. */
  get loadingCount(): number {
    return [...this.#entries.values()].filter(({ pinned, ready }) => pinned && !ready).length;
  }

  /** Holds these versions, and lets go of those that were held for a label before. */
  hold(versions: readonly Version[]): void {
    const wanted = new Map(versions.map((version) => [keyOf(version), version]));
    for (const entry of this.#entries.values()) {
      if (!entry.pinned || wanted.has(entry.key)) continue;
      entry.pinned = false;
      entry.retired = true;
    }
    for (const version of wanted.values()) {
      const entry = this.#entry(version);
      entry.retired = false;
      if (entry.pinned) continue;
      entry.pinned = true;
      void this.#keepTrying(entry);
    }
    this.#trim();
  }

  /** Runs `use` with a version's batcher, loading the version first if need be. It stays for as long as `use` runs. */
  async with<T>(version: Version, use: (batcher: ModelBatcher) => Promise<T>): Promise<T> {
    const entry = this.#entry(version);
    entry.users++;
    entry.usedAt = Date.now();
    try {
      await this.#load(entry);
      return await use(entry.batcher as ModelBatcher);
    } finally {
      entry.users--;
      this.#trim();
    }
  }

  /** What is in memory or on its way there, in no order. */
  get held(): HeldVersion[] {
    return [...this.#entries.values()].map(heldOf);
  }

  heldAs(key: string): HeldVersion | undefined {
    const entry = this.#entries.get(key);
    return entry && heldOf(entry);
  }

  /** Brings a version into memory, where it stays as one that was just called. */
  async load(version: Version): Promise<void> {
    this.#entry(version).retired = false;
    await this.with(version, async () => undefined);
  }

  /** Lets go of a model's versions without a label, each when the last request for it has ended. */
  release(model: string): void {
    for (const entry of this.#entries.values()) if (entry.version.model === model && !entry.pinned) entry.retired = true;
    this.#trim();
  }

  close(): void {
    this.#closed = true;
    for (const { batcher } of this.#entries.values()) batcher?.close();
  }

  #entry(version: Version): Entry {
    const key = keyOf(version);
    const known = this.#entries.get(key);
    if (known) return known;
    const entry: Entry = { key, version, pinned: false, retired: false, users: 0, usedAt: Date.now(), ready: false, loading: undefined, batcher: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  /** A labelled version is tried until it loads or loses its label: blobs and memory may come back. */
  async #keepTrying(entry: Entry): Promise<void> {
    for (let failures = 1; entry.pinned && !this.#closed; failures++) {
      try {
        await this.#load(entry);
        if (entry.pinned) this.#options.onLoaded();
        return;
      } catch (error) {
        this.#options.log.error({ err: error, version: entry.key }, 'version failed to load; trying again');
        await pause(backoffMs(failures, 500, 30_000));
      }
    }
  }

  #load(entry: Entry): Promise<void> {
    if (entry.ready) return Promise.resolve();
    entry.loading ??= this.#fetchAndLoad(entry).finally(() => (entry.loading = undefined));
    return entry.loading;
  }

  async #fetchAndLoad(entry: Entry): Promise<void> {
    const { pool, cache, log } = this.#options;
    const { key, version } = entry;
    const started = Date.now();
    try {
      await pool.load(key, await cache.folderOf(version.files));
    } catch (error) {
      // The cached copy may be damaged, or may have been removed by another process: once more with a fresh one.
      log.warn({ ...brief(error), version: key }, 'version failed to load; fetching it anew');
      await cache.discard(version.files);
      await pool.load(key, await cache.folderOf(version.files));
    }
    const { maxBatch, maxQueue, maxWaitMs, statistics } = this.#options;
    entry.batcher = new ModelBatcher({ key, pool, maxBatch, maxQueue, maxWaitMs, statistics: statistics.of(version) });
    entry.ready = true;
    log.info({ version: key, ms: Date.now() - started }, 'version loaded');
  }

  /** Lets go of what nothing holds. */
  #trim(): void {
    if (this.#closed) return;
    const unpinned = [...this.#entries.values()].filter(({ pinned }) => !pinned);
    // After most calls, which are for labelled versions.
    if (unpinned.length === 0) return;
    const idle = unpinned.filter(({ users, loading }) => users === 0 && !loading);
    const unlabelled = unpinned.filter(({ retired }) => !retired).sort((a, b) => b.usedAt - a.usedAt);
    const kept = new Set(unlabelled.slice(0, this.#options.maxUnlabelled));
    for (const entry of idle) if (!kept.has(entry) || !entry.ready) void this.#unload(entry);
  }

  async #unload(entry: Entry): Promise<void> {
    this.#entries.delete(entry.key);
    if (!entry.ready) return;
    entry.batcher?.close();
    await this.#options.pool.unload(entry.key);
    this.#options.log.info({ version: entry.key }, 'version unloaded');
  }
}
