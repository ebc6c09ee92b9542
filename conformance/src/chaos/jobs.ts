import { watchJob, type QuartetClient } from '@quartet/client';
import { JobState, type Job } from '@quartet/contracts';
import { trainRequest, type Known } from './known';
import type { LoadContext } from './ledger';
import { Random } from './random';

export interface JobReport {
  readonly id: string;
  readonly model: string;
  readonly seed: string;
  readonly state: string;
  readonly error: string;
  readonly attempts: number;
  readonly cancelled: boolean;
  readonly seconds: number;
}

/** A job that takes so long is stuck: an undisturbed one takes seconds. */
const STUCK_MS = 600_000;
/** Of the trainings, so many are cancelled. */
const CANCELLED = 0.15;

/** Queues trainings, some of them cancelled, and holds each to what was promised: one end, one version, the weights of an undisturbed run. */
export class JobCaller {
  readonly reports: JobReport[] = [];
  readonly #random: Random;

  constructor(
    readonly context: LoadContext,
    readonly known: Known,
    readonly name: string,
    seed: number,
  ) {
    this.#random = new Random(seed, 1000 + name.length, name.charCodeAt(name.length - 1));
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let at = 1; !signal.aborted; at += 1) await this.#one(`${this.name}-${at}`);
  }

  async #one(model: string): Promise<void> {
    const { client, ledger, journal } = this.context;
    const seed = BigInt(this.#random.pick([1, 2]));
    const cancel = this.#random.chance(CANCELLED);
    const cancelAfter = this.#random.between(0, 3000);
    const began = Date.now();
    const queued = await ledger.answer('train', (deadlineMs) => client.cnn.train(trainRequest(model, seed, `key of ${model}`), { deadlineMs }));
    if (!queued) return;
    journal.note('queued', model, { job: queued.id, seed: `${seed}`, cancel });
    if (cancel) {
      await new Promise((resolve) => setTimeout(resolve, cancelAfter));
      // It may have ended before.
      await ledger.answer('cancel', (deadlineMs) => client.training.cancelJob({ id: queued.id }, { deadlineMs }), { final: ['WRONG_STATE'] });
    }
    const ended = await this.#end(queued);
    if (!ended) return;
    const state = JobState[ended.state].replace('JOB_STATE_', '').toLowerCase();
    this.reports.push({ id: ended.id, model, seed: `${seed}`, state, error: ended.error, attempts: ended.attempt, cancelled: cancel, seconds: (Date.now() - began) / 1000 });
    journal.note(state, model, { job: ended.id, attempts: ended.attempt, error: ended.error });
    await this.#check(ended, seed, cancel, client);
  }

  /** Follows the job's events to its end: each in order, once. */
  async #end({ id, model }: Job): Promise<Job | undefined> {
    const { client, ledger, journal } = this.context;
    const limit = AbortSignal.timeout(STUCK_MS);
    try {
      let last = 0n;
      for await (const { sequence } of watchJob(client, id, { signal: limit })) {
        if (sequence !== last + 1n) journal.find(`job ${id}: event ${sequence} came after event ${last}`);
        last = sequence;
      }
    } catch (error) {
      journal.find(`job ${id} of ${model} ${limit.aborted ? `has not ended after ${STUCK_MS / 1000} s` : 'could not be watched'}: ${String(error).slice(0, 300)}`);
      return undefined;
    }
    return ledger.answer('get job', (deadlineMs) => client.training.getJob({ id }, { deadlineMs }));
  }

  async #check(job: Job, seed: bigint, cancelled: boolean, client: QuartetClient): Promise<void> {
    const { ledger, journal } = this.context;
    const wrong = (what: string): void => journal.find(`job ${job.id} of ${job.model}: ${what}`);
    const listed = await ledger.answer('list versions', (deadlineMs) => client.models.listVersions({ model: job.model }, { deadlineMs }), { final: ['MODEL_NOT_FOUND'] });
    const versions = listed?.versions ?? [];
    const again = await ledger.answer('train', (deadlineMs) => client.cnn.train(trainRequest(job.model, seed, `key of ${job.model}`), { deadlineMs }));
    if (again && again.id !== job.id) wrong(`its idempotency key gave another job, ${again.id}`);
    switch (job.state) {
      case JobState.JOB_STATE_SUCCEEDED:
        if (versions.length !== 1) wrong(`published ${versions.length} versions, expected 1`);
        else if (versions[0]?.jobId !== job.id) wrong(`its version is of job ${versions[0]?.jobId}`);
        else if (versions[0]?.weightsSha256 !== this.known.weights.get(seed)) wrong(`its weights differ from those of an undisturbed run with seed ${seed}`);
        break;
      case JobState.JOB_STATE_FAILED:
        if (job.error === '') wrong('failed without a reason');
        if (versions.length > 0) wrong('failed and published a version');
        break;
      case JobState.JOB_STATE_CANCELLED:
        if (!cancelled) wrong('was cancelled by nobody');
        if (versions.length > 0) wrong('was cancelled and published a version');
        break;
      default:
        wrong(`is ${JobState[job.state]} though its events have ended`);
    }
  }
}
