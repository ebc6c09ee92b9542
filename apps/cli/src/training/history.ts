import type { TrainingEvent, TrainingProgress } from '@quartet/contracts';

/** A point of a curve: [epochs trained so far, value]. */
export type Point = [number, number];

interface Step {
  /** Epochs trained so far. */
  at: number;
  step: number;
  epoch: number;
  /** Steps since the epoch began. */
  inEpoch: number;
  metrics: Record<string, number>;
}

/** What a job's events say about its course: the material of live lines, curves and tables. */
export class TrainingHistory {
  readonly epochs: { epoch: number; metrics: Record<string, number>; seconds: number; best: boolean }[] = [];
  readonly #steps: Step[] = [];
  latest: TrainingProgress | undefined;
  version: bigint | undefined;

  add({ event }: TrainingEvent): void {
    if (event?.$case === 'progress') {
      const progress = event.value;
      this.latest = progress;
      const step = Number(progress.step);
      const stepsPerEpoch = Number(progress.totalSteps) / Math.max(1, progress.totalEpochs);
      const { epoch, metrics } = progress;
      // A resumed run tells of some steps again: the later telling counts.
      while ((this.#steps.at(-1)?.step ?? -1) >= step) this.#steps.pop();
      this.#steps.push({ at: step / Math.max(1, stepsPerEpoch), step, epoch, inEpoch: step - (epoch - 1) * stepsPerEpoch, metrics });
    }
    if (event?.$case === 'epochEnd') {
      while ((this.epochs.at(-1)?.epoch ?? 0) >= event.value.epoch) this.epochs.pop();
      this.epochs.push(event.value);
    }
    if (event?.$case === 'version') this.version = event.value.version;
  }

  /**
   * A metric over the course of the training. What is reported is its mean since the epoch began; a point of the curve
   * is the mean over the steps since the last report, so that the curve doesn't leap where an epoch begins.
   */
  stepCurve(name: string): Point[] {
    const points: Point[] = [];
    let before: Step | undefined;
    for (const step of this.#steps) {
      const mean = step.metrics[name];
      if (mean === undefined || !Number.isFinite(mean)) continue;
      const from = before?.epoch === step.epoch ? before : undefined;
      const steps = step.inEpoch - (from?.inEpoch ?? 0);
      const sum = mean * step.inEpoch - (from ? from.metrics[name]! * from.inEpoch : 0);
      points.push([step.at, steps > 0 && step.inEpoch > 0 ? sum / steps : mean]);
      before = step;
    }
    return points;
  }

  /** The training's curve, step by step; of one so short that little was reported on the way, epoch by epoch. */
  trainingCurve(name: string): Point[] {
    const steps = this.stepCurve(name);
    return steps.length > this.epochs.length ? steps : this.epochCurve(name);
  }

  /** A metric at the end of each epoch. */
  epochCurve(name: string): Point[] {
    return this.epochs.filter(({ metrics }) => Number.isFinite(metrics[name])).map(({ epoch, metrics }) => [epoch, metrics[name]!]);
  }
}
