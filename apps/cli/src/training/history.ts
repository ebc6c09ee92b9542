import type { TrainingEvent, TrainingProgress } from '@quartet/contracts';

/** A point of a curve: [epochs trained so far, value]. */
export type Point = [number, number];

/** What a job's events say about its course: the material of live lines, curves and tables. */
export class TrainingHistory {
  readonly epochs: { epoch: number; metrics: Record<string, number>; seconds: number; best: boolean }[] = [];
  readonly #steps: { at: number; step: number; metrics: Record<string, number> }[] = [];
  latest: TrainingProgress | undefined;
  version: bigint | undefined;

  add({ event }: TrainingEvent): void {
    if (event?.$case === 'progress') {
      const progress = event.value;
      this.latest = progress;
      const step = Number(progress.step);
      const at = (step / Math.max(1, Number(progress.totalSteps))) * progress.totalEpochs;
      // A resumed run tells of some steps again: the later telling counts.
      while ((this.#steps.at(-1)?.step ?? -1) >= step) this.#steps.pop();
      this.#steps.push({ at, step, metrics: progress.metrics });
    }
    if (event?.$case === 'epochEnd') {
      while ((this.epochs.at(-1)?.epoch ?? 0) >= event.value.epoch) this.epochs.pop();
      this.epochs.push(event.value);
    }
    if (event?.$case === 'version') this.version = event.value.version;
  }

  /** A metric step by step, as the training process reported it. */
  stepCurve(name: string): Point[] {
    return this.#steps.filter(({ metrics }) => Number.isFinite(metrics[name])).map(({ at, metrics }) => [at, metrics[name]!]);
  }

  /** A metric at the end of each epoch. */
  epochCurve(name: string): Point[] {
    return this.epochs.filter(({ metrics }) => Number.isFinite(metrics[name])).map(({ epoch, metrics }) => [epoch, metrics[name]!]);
  }
}
