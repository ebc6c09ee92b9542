import type { Precision } from '../capture/mixed-precision';
import type { BatchSource, EvaluationSource } from './batches';
import type { TrainingEvent } from './events';
import type { Objective } from './objective';

/** `momentum` is SGD with momentum 0.9; `nesterov` the same with Nesterov's look-ahead. */
export type OptimizerKind = 'sgd' | 'momentum' | 'nesterov' | 'rmsprop' | 'adam' | 'adamw';

/**
 * `warmupCosine`: linear over the first 5 % of the steps, then a cosine to 0. `step`: a tenth at 60 % and again at 85 %.
 * `plateau`: less each time that the loss of the epochs no longer falls; see Plateau.
 */
export type ScheduleKind = 'constant' | 'warmupCosine' | 'step' | 'plateau';

/** When the validation loss (without validation data: the training loss) no longer falls, the learning rate does. */
export interface Plateau {
  /** By which the rate is multiplied, above 0 and below 1. Default 0.5. */
  factor?: number;
  /** Epochs without a better loss before that; at least 1. Default 3. */
  patience?: number;
  /** By how much the loss must fall to count as better. Default 0.0001. */
  minDelta?: number;
  /** The rate never falls below this share of the base rate, 0 to 1. Default 0.001. */
  minFactor?: number;
}

export interface Clipping {
  /** Each gradient element into [-value, value]. */
  value?: number;
  /** Each gradient tensor to at most this L2 norm. */
  norm?: number;
  /** All gradients together to at most this L2 norm. */
  globalNorm?: number;
}

export interface EarlyStopping {
  /** Epochs without a better validation loss before training stops; at least 1. */
  patience: number;
  /** By how much the loss must fall to count as better. Default 0. */
  minDelta?: number;
}

/** What is done when a loss or a gradient is NaN or infinite. The step that it happens in changes nothing, in any case. */
export interface NotFinitePolicy {
  /**
   * `stop`: ends the training. `retry`: goes back to the last checkpoint or start of an epoch (200 steps or more apart), and goes on from there with a
   * lower learning rate and clipped gradients. Default retry.
   */
  action?: 'stop' | 'retry';
  /** Retries in the whole training, 1 to 100. Default 2. */
  retries?: number;
  /** By which the learning rate is multiplied at each retry, above 0, at most 1. Default 0.5. */
  learningRateFactor?: number;
  /** From the first retry on, all gradients together are clipped to this L2 norm (0: they aren't). Default 1. */
  clipGlobalNorm?: number;
}

/** Everything that decides a training's result. */
export interface TrainingSettings {
  /** 1 to 10000. */
  epochs: number;
  /** Keys dropout; the network's initial weights and the batches have seeds of their own. Default 0. */
  seed?: number | bigint;
  /** Default adam. */
  optimizer?: OptimizerKind;
  /** Default 0.001 for adam, adamw and rmsprop, 0.01 for the others. */
  learningRate?: number;
  /** Default constant. */
  schedule?: ScheduleKind;
  /** Of the schedule `plateau`. */
  plateau?: Plateau;
  /** Decoupled weight decay of kernels (not of biases nor normalization): w -= learningRate * weightDecay * w. Default 0. */
  weightDecay?: number;
  clip?: Clipping;
  /** Steps whose gradients are averaged for one update, none beyond the end of an epoch: as a batch so many times as large. Default 1. */
  accumulateSteps?: number;
  /**
   * Keeps an exponential moving average of the weights (Polyak and Juditsky, 1992), changed at each update by a share of
   * 1 - decay: 0.99 to 0.9999. Validation measures the average, and it is what a finished training leaves in the model. `warmUp`: the
   * decay is at most update / (9 + update), so that a short training's average isn't that of its start.
   */
  ema?: { decay: number; warmUp?: boolean };
  /** With validation data only: stops early, and in the end restores the weights of the best epoch. */
  earlyStopping?: EarlyStopping;
  onNotFinite?: NotFinitePolicy;
  /** What is done when gradients explode: `retry` goes back as NotFinitePolicy says, and counts as one of its retries. Default report. */
  onExploding?: 'report' | 'retry';
  /**
   * `bfloat16`: products and convolutions in half the bits, all else in float32; about twice as fast where the processor has instructions
   * for it, and refused where it hasn't. See toMixedPrecision. Default float32.
   */
  precision?: Precision;
}

export interface TrainerOptions extends TrainingSettings {
  /** What is trained: see classificationObjective, regressionObjective. */
  objective: Objective;
  training: BatchSource;
  /** Measured after each epoch. */
  validation?: EvaluationSource;
  /** Steps between `checkpoint` events; 0: none. Default 0. */
  checkpointEverySteps?: number;
  /**
   * Steps between measurements of each weight's gradient and update and of each ReLU layer's units; 0: none. Reported in the
   * step's `progress` event, and judged: see DiagnosticEvent. Default 100.
   */
  diagnosticsEverySteps?: number;
  /** Runs each step operation by operation, to compare with: captured steps are several times as fast. Default false. */
  eager?: boolean;
  /** Least time between `progress` events, in milliseconds. Default 500. */
  progressEveryMs?: number;
  /** Awaited: training goes on when it resolves. What it throws ends the training. */
  onEvent?: (event: TrainingEvent) => void | Promise<void>;
}
