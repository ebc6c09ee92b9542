import type { TimeLook } from './time-health';

export type Metrics = Record<string, number>;

/** Where a training stands. */
export interface ProgressEvent {
  type: 'progress';
  /** Steps done since the very start of the training, interruptions included. */
  step: number;
  totalSteps: number;
  /** From 1. */
  epoch: number;
  totalEpochs: number;
  /**
   * Means over the epoch so far: `loss` and the objective's metrics (`accuracy`); of the last step `step/loss`, `gradientNorm`
   * and `learningRate`; `waitShare`: share of the time since the last such event that training waited for its batches. Where
   * the step was diagnosed also `gradientNorm/<weight>`, `updateRatio/<weight>` and `deadUnits/<layer>`.
   */
  metrics: Metrics;
  examplesPerSecond: number;
  /** Where the step was diagnosed, of a net with recurrent layers. */
  throughTime?: TimeLook;
}

export interface EpochEndEvent {
  type: 'epochEnd';
  /** From 1. */
  epoch: number;
  /** `loss` and the objective's metrics; with validation data also `validation/loss`, `validation/accuracy`. */
  metrics: Metrics;
  seconds: number;
  /** Whether its validation loss (its training loss, without validation data) is the lowest so far. */
  best: boolean;
}

/** Everything needed to go on from here: see Trainer.resumeFrom. */
export interface CheckpointEvent {
  type: 'checkpoint';
  step: number;
  bytes: Uint8Array;
}

/**
 * `not_finite`: NaN or infinity. `exploding`: gradients grow without bound. `vanishing`: they hardly reach the first layer.
 * `dead_units`: ReLU units that no example reaches. `stalled`: the loss doesn't fall from the start.
 * Of a GAN: `mode_collapse`: generated examples are too much alike. `oscillation`: the distance to real ones swings instead of falling.
 * `discriminator_domination`: the discriminator is never wrong. `memorization`: what is generated are training examples.
 */
export type Verdict = 'not_finite' | 'exploding' | 'vanishing' | 'dead_units' | 'stalled' | GanVerdict;
export type GanVerdict = 'mode_collapse' | 'oscillation' | 'discriminator_domination' | 'memorization';

/** Something that goes wrong in a training, with its evidence and what to do. */
export interface DiagnosticEvent {
  type: 'diagnostic';
  verdict: Verdict;
  step: number;
  evidence: string;
  remedy: string;
  /** Whether the remedy was applied. */
  applied: boolean;
  /** The gradient was followed through the time steps of a recurrent net. */
  throughTime?: boolean;
}

export type TrainingEvent = ProgressEvent | EpochEndEvent | CheckpointEvent | DiagnosticEvent;

/** One epoch in a training's history. */
export interface EpochRecord {
  epoch: number;
  metrics: Metrics;
  best: boolean;
}

export interface TrainingResult {
  /** `cancelled`: by the signal. `notFinite`: see the diagnostic; the weights are those before the step that failed. */
  outcome: 'completed' | 'stoppedEarly' | 'cancelled' | 'notFinite';
  step: number;
  history: EpochRecord[];
  /** The epoch whose weights the model holds, from 1, if the best ones were restored. */
  restoredEpoch?: number;
  diagnostic?: DiagnosticEvent;
}
