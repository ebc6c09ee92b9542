import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { JobState, QuartetError, type ClaimJobResponse, type Settings } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import type { Logger } from '../../logging/logger';
import type { ArchitectureFamily } from '../architecture-family';
import { backoffMs, brief, pause, retry } from '../retry';
import { TrainingChild } from './child';

export interface JobClaimerOptions {
  family: ArchitectureFamily;
  settings: Settings;
  registry: QuartetClient;
  /** Of training processes, where it differs from this one's. */
  trainingEnvironment: NodeJS.ProcessEnv;
  log: Logger;
}

/** How long a call for a job waits at the registry. */
const CLAIM_WAIT_MS = 20_000;
/** A job whose process crashes so often without a new checkpoint has failed. */
const MAX_CRASHES = 5;

interface Crashes {
  count: number;
  /** Step of the last checkpoint when it crashed. */
  step: number;
}

/** Claims the family's jobs, a few at a time, and runs a training process for each. */
export class JobClaimer {
  readonly #options: JobClaimerOptions;
  readonly #ended = new AbortController();
  readonly #children = new Set<TrainingChild>();
  readonly #crashes = new Map<string, Crashes>();
  #slots: Promise<void>[] = [];

  constructor(options: JobClaimerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#sweep();
    const { QUARTET_TRAINING_SLOTS } = this.#options.settings;
    this.#slots = Array.from({ length: QUARTET_TRAINING_SLOTS }, () => this.#slot());
  }

  /** Claims no more, and has the running trainings checkpointed and given back. */
  async drain(): Promise<void> {
    this.#ended.abort();
    for (const child of this.#children) child.stop();
    await Promise.all(this.#slots);
  }

  async #slot(): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#ended;
    for (let failures = 0; !signal.aborted; ) {
      try {
        const claim = await this.#claim();
        failures = 0;
        if (claim.job && claim.lease) await this.#train(claim);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        log.error({ err: error }, 'claiming a job failed; trying again');
        await pause(backoffMs(failures, 500, 10_000), signal);
      }
    }
  }

  #claim(): Promise<ClaimJobResponse> {
    const { registry, family, log } = this.#options;
    const { signal } = this.#ended;
    const request = { family: family.family, worker: `${hostname()}/${process.pid}`, waitMs: CLAIM_WAIT_MS };
    return retry(() => registry.worker.claimJob(request, { signal }), {
      signal,
      maxDelayMs: 2_000,
      onRetry: (error, attempt) => {
        if (attempt === 1) log.warn({ ...brief(error) }, 'registry away; no jobs are claimed until it is back');
      },
    });
  }

  async #train(claim: ClaimJobResponse): Promise<void> {
    const { family, trainingEnvironment: environment, log } = this.#options;
    const job = claim.job?.id ?? '';
    const child = new TrainingChild({ claim, family: family.name, trainerModule: family.trainerModule, environment, log });
    this.#children.add(child);
    if (this.#ended.signal.aborted) child.stop();
    log.info({ job, attempt: claim.lease?.attempt, trainingPid: child.pid }, 'job claimed');
    const stopHeartbeats = this.#keepLeaseFor(child, claim);
    const outcome = await child.ended();
    stopHeartbeats();
    this.#children.delete(child);
    if (outcome.kind !== 'crashed') {
      log.info({ job, outcome: outcome.kind }, 'training process ended');
      if (outcome.kind === 'ended') this.#crashes.delete(job);
      return;
    }
    log.error({ job, reason: outcome.reason, trainingPid: child.pid }, 'training process crashed');
    await this.#afterCrash(claim, child, outcome.reason);
    await this.#sweep();
  }

  /** Keeps a job's lease until its process does so itself. */
  #keepLeaseFor(child: TrainingChild, { lease, leaseMs }: ClaimJobResponse): () => void {
    const timer = setInterval(() => {
      if (child.keepsLease) clearInterval(timer);
      // A heartbeat that fails is made up for by the next one; a lease that is lost is the process's to find out.
      else this.#options.registry.worker.heartbeat({ lease }, { deadlineMs: leaseMs }).catch(() => undefined);
    }, leaseMs / 3);
    return () => clearInterval(timer);
  }

  /** Gives the job back, to go on from its last checkpoint, or ends it if it never gets further. */
  async #afterCrash(claim: ClaimJobResponse, child: TrainingChild, reason: string): Promise<void> {
    const { registry, log } = this.#options;
    const { lease } = claim;
    const job = claim.job?.id ?? '';
    const step = Math.max(child.checkpointStep, Number(claim.checkpoint?.step ?? -1n));
    const before = this.#crashes.get(job);
    const count = before?.step === step ? before.count + 1 : 1;
    this.#crashes.set(job, { count, step });
    const options = { signal: this.#ended.signal };
    try {
      if (count < MAX_CRASHES) {
        await retry(() => registry.worker.releaseJob({ lease }), options);
        return;
      }
      this.#crashes.delete(job);
      const error = `the training process ended ${count} times in a row without a new checkpoint, the last time ${reason}; the service's log says more. Give it more memory, or make the network or the batch smaller`;
      await retry(() => registry.worker.endJob({ lease, state: JobState.JOB_STATE_FAILED, error }), options);
    } catch (error) {
      // It had ended its job before it crashed, or the lease has ended meanwhile: either way it isn't ours any longer.
      if (!QuartetError.is(error) || (error.reason !== 'LEASE_LOST' && error.reason !== 'WRONG_STATE')) {
        log.warn({ ...brief(error), job }, 'job not given back; it goes to another worker when its lease ends');
      }
    }
  }

  /** Removes the work folders of training processes that are gone: `<pid>-<random>`. */
  async #sweep(): Promise<void> {
    const { settings, family } = this.#options;
    const folder = join(settings.QUARTET_HOME, family.name, 'work');
    for (const name of await readdir(folder).catch(() => [])) {
      if (!isAlive(Number.parseInt(name, 10))) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
