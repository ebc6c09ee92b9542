import type { DiagnosticEvent, TrainingEvent } from '@quartet/core';
import { reportTo, trainingRun, type RunParts, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import type { NetworkPlan } from '../network/recurrent';
import { adviceFor, remedyFor, type Remedy } from './remedies';
import { unwrapCheckpoint, wrapCheckpoint, type Changed } from './watched-checkpoint';

/** What a training is built with: its own network, or one that a remedy changed. */
export interface WatchedBuild {
  network: NetworkPlan;
  /** For core's Trainer. */
  onEvent: (event: TrainingEvent) => void;
  /** What was done about the gradient so far, in words. */
  applied: readonly string[];
}

export interface WatchedOptions {
  network: NetworkPlan;
  /** Of the longest sequence. */
  steps: number;
  /** Makes network, trainer and all; called again for each start anew. */
  build(given: WatchedBuild): RunParts;
  /** Frees what all starts share. */
  dispose?(): void;
}

/**
 * A training whose gradient through time is looked after as its network's policy says. A start anew is decided by the training's own
 * steps, and a checkpoint after it has the changed network in it, so that a resumed training equals an uninterrupted one. Steps and epochs
 * are counted on: those of a job never go back.
 */
export function watchedRun(job: TrainingJob, options: WatchedOptions): TrainingRun {
  return new WatchedRun(job, options);
}

class WatchedRun implements TrainingRun {
  readonly #report: (event: TrainingEvent) => void;
  #network: NetworkPlan;
  #applied: string[] = [];
  #before: Changed['before'] = { steps: 0, epochs: 0 };
  /** Where the training stands that goes on now. */
  #now: Changed['before'] = { steps: 0, epochs: 0 };
  #run: TrainingRun;
  /** Ends the training in order to start it anew. */
  #restart = new AbortController();
  #remedy: Remedy | undefined;

  constructor(
    job: TrainingJob,
    private readonly options: WatchedOptions,
  ) {
    this.#report = reportTo((event) => job.report(event));
    this.#network = options.network;
    this.#run = this.#build();
  }

  resumeFrom(checkpoint: Uint8Array): void {
    const { changed, bytes } = unwrapCheckpoint(checkpoint);
    if (changed) {
      this.#run.dispose();
      this.#network = changed.network;
      this.#applied = changed.applied;
      this.#before = changed.before;
      this.#run = this.#build();
    }
    this.#run.resumeFrom(bytes);
  }

  async train(signal: AbortSignal): ReturnType<TrainingRun['train']> {
    for (;;) {
      const outcome = await this.#run.train(AbortSignal.any([signal, this.#restart.signal]));
      const remedy = this.#remedy;
      if (!remedy || outcome.state !== 'stopped') return outcome;
      this.#run.dispose();
      this.#remedy = undefined;
      this.#restart = new AbortController();
      this.#network = remedy.network;
      this.#applied = [...this.#applied, remedy.words];
      this.#before = { steps: this.#before.steps + this.#now.steps, epochs: this.#before.epochs + this.#now.epochs };
      this.#run = this.#build();
      if (signal.aborted) return outcome;
    }
  }

  checkpoint(): { step: number; bytes: Uint8Array } {
    const { step, bytes } = this.#run.checkpoint();
    return { step: this.#before.steps + step, bytes: this.#wrapped(bytes) };
  }

  writeArtifact(folder: string): ReturnType<TrainingRun['writeArtifact']> {
    return this.#run.writeArtifact(folder);
  }

  dispose(): void {
    this.#run.dispose();
    this.options.dispose?.();
  }

  #build(): TrainingRun {
    return trainingRun(this.options.build({ network: this.#network, onEvent: (event) => this.#see(event), applied: this.#applied }));
  }

  #see(event: TrainingEvent): void {
    const { steps, epochs } = this.#before;
    switch (event.type) {
      case 'progress':
        this.#now = { steps: event.step, epochs: event.epoch };
        return this.#report({
          ...event,
          step: steps + event.step,
          totalSteps: steps + event.totalSteps,
          epoch: epochs + event.epoch,
          totalEpochs: epochs + event.totalEpochs,
          ...(event.throughTime && { throughTime: { ...event.throughTime, step: steps + event.throughTime.step } }),
        });
      case 'epochEnd':
        return this.#report({ ...event, epoch: epochs + event.epoch });
      case 'checkpoint':
        // One that knows of the verdict, of a training that is about to start anew, would go on without the remedy.
        if (!this.#remedy) this.#report({ ...event, step: steps + event.step, bytes: this.#wrapped(event.bytes) });
        return;
      case 'diagnostic':
        return this.#judge(event);
    }
  }

  #judge(event: DiagnosticEvent): void {
    if (!event.throughTime || event.applied) return this.#report(event);
    const { gradients } = this.#network;
    if (gradients === 'off') return;
    const remedy = gradients === 'apply' && event.verdict === 'vanishing' ? remedyFor(this.#network, this.options.steps) : undefined;
    if (remedy) {
      this.#remedy = remedy;
      this.#restart.abort();
    }
    this.#report({ ...event, remedy: remedy?.words ?? adviceFor(event, this.#network, this.options.steps), applied: remedy !== undefined });
  }

  #wrapped(bytes: Uint8Array): Uint8Array {
    return this.#applied.length === 0 ? bytes : wrapCheckpoint({ network: this.#network, applied: this.#applied, before: this.#before }, bytes);
  }
}
