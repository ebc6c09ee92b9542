import { join } from 'node:path';
import { QuartetError, type ModelRef, type Settings, type Version } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import type { BlobStore } from '@quartet/store';
import type { Logger } from '../../logging/logger';
import type { ArchitectureFamily, CallScope, HealthSignals } from '../architecture-family';
import { ServedModels } from '../../models/served-models';
import { ContentCache } from '../content-cache';
import { EnginePool } from '../engine/pool';
import type { Tensors } from '../engine/protocol';
import { TrafficControl } from '../traffic/traffic-control';
import { checkRef, keyOf, LabelTable } from './label-table';
import { Resolver } from './resolver';
import { reportRun } from './run-report';
import { Shelf, type HeldVersion } from './shelf';
import { Statistics } from './statistics';
import { watchVersions } from './version-watch';

export interface ServingOptions {
  family: ArchitectureFamily;
  settings: Settings;
  registry: QuartetClient;
  blobs: BlobStore;
  log: Logger;
  /** Called whenever what health is decided on may have changed. */
  onChange(): void;
}

/** The inference half of a family service: which versions are held, and the engine workers that run them. */
export class Serving {
  readonly #options: ServingOptions;
  readonly #pool: EnginePool;
  readonly #labels = new LabelTable();
  readonly #resolver: Resolver;
  readonly #shelf: Shelf;
  /** Also watches the calls: see `watched`. */
  readonly traffic: TrafficControl;
  readonly #ended = new AbortController();
  /** Of each version that has been called. */
  readonly statistics = new Statistics();
  #latest: Version[] | undefined;
  readonly #served: ServedModels;
  #warm = false;

  constructor(options: ServingOptions) {
    this.#options = options;
    const { family, settings, registry, blobs, log } = options;
    this.#served = new ServedModels({ family: family.name, settings, log, onChange: () => this.#relabel() });
    this.#pool = new EnginePool({ workers: settings.QUARTET_ENGINE_WORKERS, hostModule: family.hostModule, log, onChange: options.onChange });
    this.#resolver = new Resolver({ family: family.family, registry, labels: this.#labels });
    const cache = new ContentCache({
      folder: join(settings.QUARTET_CACHE, 'artifacts', family.name),
      blobs,
      maxBytes: settings.QUARTET_CACHE_BYTES,
      log,
    });
    this.#shelf = new Shelf({
      pool: this.#pool,
      cache,
      maxUnlabelled: settings.QUARTET_UNLABELLED_VERSIONS,
      maxBatch: settings.QUARTET_MAX_BATCH,
      maxQueue: settings.QUARTET_MAX_QUEUE,
      statistics: this.statistics,
      maxWaitMs: settings.QUARTET_BATCH_WAIT_MS,
      log,
      onLoaded: () => this.#relabel(),
    });
    this.traffic = new TrafficControl({
      registry,
      log,
      labelled: (name, value) => this.#labels.find({ name, target: { $case: 'label', value } }),
      isLoaded: (version) => this.#shelf.isLoaded(keyOf(version)),
      signals: family.signals,
    });
  }

  /** Starts the engine workers; resolves when they have come up. The watch for versions goes on by itself. */
  async start(): Promise<void> {
    const { registry, family, log } = this.#options;
    void watchVersions({
      registry,
      family: family.family,
      log,
      signal: this.#ended.signal,
      onVersions: (versions, traffic) => {
        this.#latest = versions;
        this.traffic.update(traffic);
        this.#relabel();
      },
    });
    await this.#pool.start();
  }

  get signals(): HealthSignals {
    return { engineReady: this.#pool.ready, versionsKnown: this.#latest !== undefined, versionsLoading: this.#shelf.loadingCount };
  }

  /** Models with a label that are held ahead of calls, each with whether one of its labelled versions is loaded. */
  get models(): Map<string, boolean> {
    const models = new Map<string, boolean>();
    for (const version of this.#latest ?? []) {
      if (!this.#served.holds(version.model)) continue;
      const ready = this.#shelf.isLoaded(`${version.model}/${version.version}`);
      models.set(version.model, ready || (models.get(version.model) ?? false));
    }
    return models;
  }

  async resolve(given: ModelRef | undefined, call: CallScope): Promise<Version> {
    const ref = checkRef(given);
    this.#served.check(ref.name);
    const version = await this.#resolver.resolve(this.traffic.route(ref, call), call);
    this.traffic.resolved(version, call);
    return version;
  }

  /** What is said to a call, for whichever model, while as many requests wait as may in all. */
  full(model?: string): QuartetError | undefined {
    const limit = this.#options.settings.QUARTET_MAX_QUEUE;
    if (this.#shelf.queued < limit) return undefined;
    const message = `${this.#shelf.queued} requests wait in this service; the limit is ${limit} (QUARTET_MAX_QUEUE). Send this one again later, or add replicas.`;
    return new QuartetError('QUEUE_FULL', message, { retryAfterMs: 100, metadata: model === undefined ? {} : { model } });
  }

  async infer(version: Version, method: string, inputs: Tensors, call: CallScope): Promise<Tensors> {
    const full = this.full(version.model);
    if (full) throw full;
    const started = performance.now();
    const statistics = this.statistics.of(version);
    try {
      const { outputs, facts } = await this.#shelf.with(version, (batcher) => batcher.submit(method, inputs, call));
      statistics.request(performance.now() - started, true);
      reportRun(call.trailer, version.weightsSha256, facts);
      return outputs;
    } catch (error) {
      statistics.request(performance.now() - started, false);
      throw error;
    }
  }

  /**
   * Whether calls may come. A process for some models alone is there for these, and takes calls once it has loaded them; versions that are
   * promoted later load while the former ones serve. One for a whole family doesn't wait: one bad version must not keep the others away.
   */
  get isWarm(): boolean {
    this.#warm ||= !this.#served.isLimited || (this.#latest !== undefined && this.#shelf.loadingCount === 0);
    return this.#warm;
  }

  /** Whether calls for a model are answered here. */
  serves(model: string): boolean {
    return this.#served.serves(model);
  }

  get held(): HeldVersion[] {
    return this.#shelf.held;
  }

  /** How one version is held; undefined: it isn't. */
  heldAs(version: Version): HeldVersion | undefined {
    return this.#shelf.heldAs(keyOf(version));
  }

  load(version: Version): Promise<void> {
    return this.#shelf.load(version);
  }

  /** Lets go of a model's versions that have no label. */
  release(model: string): void {
    this.#shelf.release(model);
  }

  /** Stops following the registry and ends the workers. Call it when the accepted requests have ended. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#served.close();
    this.#shelf.close();
    await this.#pool.close();
  }

  #relabel(): void {
    const served = (this.#latest ?? []).filter(({ model }) => this.#served.serves(model));
    // A version that no label holds here isn't waited for: a call brings it into memory.
    this.#labels.update(served, ({ model, version }) => this.#served.holds(model) && this.#shelf.isLoaded(`${model}/${version}`));
    this.#shelf.hold(this.#labels.versions.filter(({ model }) => this.#served.holds(model)));
    this.#options.onChange();
  }
}
