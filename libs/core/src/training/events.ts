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
  /** Means over the epoch so far: `loss`, `accuracy`; and `learningRate`, `step/loss` of the last step. */
  metrics: Metrics;
  examplesPerSecond: number;
}

export interface EpochEndEvent {
  type: 'epochEnd';
  /** From 1. */
  epoch: number;
  /** `loss`, `accuracy`, and with validation data `validation/loss`, `validation/accuracy`. */
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

/** Something that goes wrong in a training, with its evidence and what to do. */
export interface DiagnosticEvent {
  type: 'diagnostic';
  verdict: 'not_finite';
  step: number;
  evidence: string;
  remedy: string;
  /** Whether the remedy was applied. */
  applied: boolean;
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
  /** The epoch whose weights the network holds, from 1, if the best ones were restored. */
  restoredEpoch?: number;
  diagnostic?: DiagnosticEvent;
}
