import { mkdtemp, mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { JobState, QuartetError, type ClaimJobResponse, type Dataset, type Job, type Lease, type ModelRef, type Settings, type Version } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import { startEngine } from '@quartet/core';
import type { BlobStore } from '@quartet/store';
import type { Logger } from '../../logging/logger';
import type { FamilyTrainer, TrainerEvent, TrainingRun } from '../architecture-family';
import { ContentCache } from '../content-cache';
import { brief, isDiskFull, retry, type RetryOptions } from '../retry';
import { Checkpoints } from './checkpoints';
import { fetchDataset } from './data-files';
import { EventLog } from './event-log';
import { toProtoEvent } from './events';
import { LeaseKeeper } from './lease-keeper';
import { toVersion } from './publish';
import { StopSignal } from './stop-signal';
import { TrainingTrace } from './trace';

export interface SessionOptions {
  claim: ClaimJobResponse;
  trainer: FamilyTrainer;
  registry: QuartetClient;
  blobs: BlobStore;
  settings: Settings;
  log: Logger;
  /** The session keeps the lease itself; told at each heartbeat. */
  onKeeping(): void;
  /** Told of each checkpoint that the registry has taken. */
  onCheckpoint(step: number): void;
}

/** What became of the job, as far as this process is concerned. */
export type SessionOutcome = 'succeeded' | 'failed' | 'cancelled' | 'released' | 'lost';

/** How long the last checkpoint and the return of the job may take when the process is told to end. */
const DRAIN_MS = 15_000;

/**
 * One claimed job, from its data to its version. While the registry or the blob store is away, the training goes on and
 * what is to be said waits; only the loss of the lease, a cancellation or the end of the process stop it.
 */
export class TrainingSession {
  readonly #options: SessionOptions;
  readonly #job: Job;
  readonly #lease: Lease;
  readonly #stop = new StopSignal();
  readonly #events: EventLog;
  readonly #checkpoints: Checkpoints;
  readonly #trace = new TrainingTrace();
  /** A fault outside the training that ends it: no space for a checkpoint. */
  #fault: Error | undefined;
  /** Aborts when a process that was told to end has no more time. */
  #limit: AbortSignal | undefined;

  constructor(options: SessionOptions) {
    const { claim, registry, blobs, log } = options;
    if (!claim.job || !claim.lease) throw new Error('the claim has no job');
    this.#options = options;
    this.#job = claim.job;
    this.#lease = claim.lease;
    this.#events = new EventLog({
      lease: claim.lease,
      record: (events, signal) => registry.worker.recordEvents({ lease: this.#lease, events }, { signal }),
      log,
      onCancel: () => this.#stop.stop('cancel'),
      onLeaseLost: (message) => this.#lost(message),
    });
    this.#checkpoints = new Checkpoints({
      lease: claim.lease,
      registry,
      blobs,
      log,
      onRecorded: ({ step }) => options.onCheckpoint(Number(step)),
      onFailed: (error) => this.#checkpointFailed(error),
    });
  }

  /** Makes the training checkpoint, give its job back, and end. */
  drain(): void {
    this.#limit ??= AbortSignal.timeout(DRAIN_MS);
    this.#stop.stop('drain');
  }

  async run(): Promise<SessionOutcome> {
    const { settings, claim, log, trainer } = this.#options;
    const keeper = new LeaseKeeper({
      settings,
      lease: this.#lease,
      leaseMs: claim.leaseMs,
      onKept: () => this.#options.onKeeping(),
      onCancel: () => this.#stop.stop('cancel'),
      onLost: (message) => this.#lost(message),
    });
    const folder = join(settings.QUARTET_HOME, trainer.name, 'work');
    let work: string | undefined;
    try {
      await mkdir(folder, { recursive: true });
      work = await mkdtemp(join(folder, `${process.pid}-`));
      return await this.#train(work, keeper);
    } catch (error) {
      if (this.#stop.reason === 'lost' || isLeaseLost(error)) return 'lost';
      if (this.#stop.reason && !this.#fault) return await this.#leave();
      log.error({ err: error }, 'training failed');
      return await this.#end(JobState.JOB_STATE_FAILED, await explain(error, settings));
    } finally {
      this.#events.drop();
      this.#checkpoints.drop();
      this.#trace.end();
      await keeper.stop();
      if (work) await rm(work, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  async #train(work: string, keeper: LeaseKeeper): Promise<SessionOutcome> {
    const { trainer, log } = this.#options;
    const dataset = await this.#dataset();
    const run = await this.#prepare(dataset);
    const { warning } = startEngine();
    if (warning) log.warn(warning);
    try {
      const step = await this.#resume(run);
      log.info({ job: this.#job.id, attempt: this.#lease.attempt, step, family: trainer.name }, 'training starts');
      this.#trace.begin();
      const outcome = await run.train(this.#stop.signal);
      this.#trace.end();
      if (this.#fault) throw this.#fault;
      if (outcome.state === 'failed') return await this.#end(JobState.JOB_STATE_FAILED, outcome.reason);
      if (outcome.state === 'stopped') return await this.#stopped(run);
      const model = await run.writeArtifact(join(work, 'artifact'));
      const version = await toVersion(join(work, 'artifact'), model, this.#options.claim, dataset, this.#options.blobs, this.#persist());
      return await this.#publish(version, keeper);
    } finally {
      run.dispose();
    }
  }

  async #dataset(): Promise<Dataset> {
    const { registry } = this.#options;
    return retry(() => registry.datasets.getDataset({ name: this.#job.dataset }, { signal: this.#stop.signal }), this.#persist());
  }

  async #prepare(dataset: Dataset): Promise<TrainingRun> {
    const { trainer } = this.#options;
    const cache = this.#cache('datasets');
    const files = await retry(() => fetchDataset(dataset, cache), this.#persist());
    const spec: unknown = JSON.parse(this.#job.specJson);
    return trainer.prepare({ spec, dataset, files, report: (event) => this.#report(event), version: (ref) => this.#version(ref) });
  }

  async #version(model: ModelRef): Promise<{ version: Version; folder: string }> {
    const { registry } = this.#options;
    const version = await retry(() => registry.models.getVersion({ model }, { signal: this.#stop.signal }), this.#persist());
    const cache = this.#cache(join('artifacts', this.#options.trainer.name));
    return { version, folder: await retry(() => cache.folderOf(version.files), this.#persist()) };
  }

  #cache(name: string): ContentCache {
    const { blobs, settings, log } = this.#options;
    return new ContentCache({ folder: join(settings.QUARTET_CACHE, name), blobs, maxBytes: settings.QUARTET_CACHE_BYTES, log });
  }

  /** Goes on from the job's checkpoint, if it has one. @returns the step it stands at */
  async #resume(run: TrainingRun): Promise<number> {
    const { claim, blobs, log } = this.#options;
    const { checkpoint } = claim;
    if (!checkpoint?.blob) return 0;
    const { blob, step } = checkpoint;
    try {
      const bytes = await retry(async () => buffer(await blobs.get(blob)), this.#persist());
      run.resumeFrom(bytes);
      this.#events.line('info', `resumed from step ${step}, attempt ${this.#lease.attempt}`);
      return Number(step);
    } catch (error) {
      if (this.#stop.signal.aborted || !(QuartetError.is(error) && (error.reason === 'INTERNAL' || error.reason === 'CORRUPT_DATA'))) throw error;
      // The seed decides every step, so starting over costs time only.
      log.error({ err: error, step: Number(step) }, 'checkpoint unusable; starting over');
      this.#events.line('warn', `the checkpoint at step ${step} can't be read; training starts over`);
      return 0;
    }
  }

  #report(event: TrainerEvent): void {
    this.#trace.observe(event);
    if (event.type === 'checkpoint') this.#checkpoints.add(event);
    else this.#events.add(toProtoEvent(event));
  }

  async #publish(version: Awaited<ReturnType<typeof toVersion>>, keeper: LeaseKeeper): Promise<SessionOutcome> {
    const { registry, log } = this.#options;
    await this.#checkpoints.settled();
    await this.#events.close();
    // A process that is told to end publishes what it has finished; only the other reasons keep it from that.
    if (this.#stop.reason === 'lost' || this.#stop.reason === 'cancel') return this.#leave();
    try {
      const published = await retry(() => registry.worker.publishVersion({ lease: this.#lease, version }), { onRetry: this.#persist().onRetry });
      await keeper.stop();
      log.info({ job: this.#job.id, model: published.model, version: Number(published.version), metrics: published.metrics }, 'version published');
    } catch (error) {
      // The answer to an earlier try may have been lost on its way.
      const { state } = await retry(() => registry.training.getJob({ id: this.#job.id }));
      if (state !== JobState.JOB_STATE_SUCCEEDED) throw error;
    }
    return 'succeeded';
  }

  async #stopped(run: TrainingRun): Promise<SessionOutcome> {
    if (this.#stop.reason !== 'lost') await this.#checkpoints.addLast(run.checkpoint(), this.#limit);
    if (this.#fault) throw this.#fault;
    return this.#leave();
  }

  /** Ends the job as the reason to stop says. */
  async #leave(): Promise<SessionOutcome> {
    switch (this.#stop.reason) {
      case 'lost':
        return 'lost';
      case 'cancel':
        return this.#end(JobState.JOB_STATE_CANCELLED, '');
      default:
        return this.#release();
    }
  }

  /** Gives the job back; if the registry is away, the end of the lease does the same. */
  async #release(): Promise<SessionOutcome> {
    const { registry, log } = this.#options;
    const limit = this.#limit ?? AbortSignal.timeout(DRAIN_MS);
    await this.#events.close(limit);
    try {
      await retry(() => registry.worker.releaseJob({ lease: this.#lease }, { signal: limit }), { signal: limit });
      log.info({ job: this.#job.id }, 'job given back');
    } catch (error) {
      if (isLeaseLost(error)) return 'lost';
      log.warn({ ...brief(error), job: this.#job.id }, 'job not given back; it goes to another worker when its lease ends');
    }
    return 'released';
  }

  async #end(state: JobState.JOB_STATE_FAILED | JobState.JOB_STATE_CANCELLED, error: string): Promise<SessionOutcome> {
    const { registry, log } = this.#options;
    await this.#events.close();
    try {
      await retry(() => registry.worker.endJob({ lease: this.#lease, state, error }), { onRetry: this.#persist().onRetry });
    } catch (cause) {
      if (isLeaseLost(cause)) return 'lost';
      throw cause;
    }
    log.info({ job: this.#job.id, state: JobState[state], reason: error || undefined }, 'job ended');
    return state === JobState.JOB_STATE_FAILED ? 'failed' : 'cancelled';
  }

  #checkpointFailed(error: unknown): void {
    const { log } = this.#options;
    if (isLeaseLost(error)) return this.#lost((error as Error).message);
    log.error({ err: error }, 'checkpoint not kept');
    if (isDiskFull(error)) {
      this.#fault = error;
      this.#stop.stop('drain');
    } else {
      this.#events.line('warn', `a checkpoint couldn't be kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #lost(message: string): void {
    if (this.#stop.reason !== 'lost') this.#options.log.warn({ job: this.#job.id, attempt: this.#lease.attempt }, message);
    this.#stop.stop('lost');
  }

  /** Retries for as long as the job is ours to do. */
  #persist(): RetryOptions {
    const { log } = this.#options;
    return {
      signal: this.#stop.signal,
      onRetry: (error, attempt) => {
        if (attempt === 1) log.warn({ ...brief(error) }, 'registry or blob store away; trying again');
      },
    };
  }
}

const isLeaseLost = (error: unknown): boolean => QuartetError.is(error) && error.reason === 'LEASE_LOST';

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT']);

/** The reason that a failed job shows. */
async function explain(error: unknown, settings: Settings): Promise<string> {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (isDiskFull(error) || (code && DISK_FULL.has(code))) {
    const { bavail, bsize } = await statfs(settings.QUARTET_HOME).catch(() => ({ bavail: 0, bsize: 0 }));
    const free = Math.floor((bavail * bsize) / 2 ** 20);
    return `no space left on the device: ${(error as Error).message} (${free} MiB free at ${settings.QUARTET_HOME}); free some and resume the job`;
  }
  if (QuartetError.is(error)) return error.message;
  return `the training process failed: ${error instanceof Error ? error.message : String(error)}; its log says more`;
}
