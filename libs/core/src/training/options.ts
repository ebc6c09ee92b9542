import type { Network } from '../network/network';
import type { BatchSource, EvaluationSource } from './batches';
import type { TrainingEvent } from './events';

/** `momentum` is SGD with momentum 0.9; `nesterov` the same with Nesterov's look-ahead. */
export type OptimizerKind = 'sgd' | 'momentum' | 'nesterov' | 'rmsprop' | 'adam' | 'adamw';

/** `warmupCosine`: linear over the first 5 % of the steps, then a cosine to 0. `step`: a tenth at 60 % and again at 85 %. */
export type ScheduleKind = 'constant' | 'warmupCosine' | 'step';

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
  /** Decoupled weight decay of kernels (not of biases nor normalization): w -= learningRate * weightDecay * w. Default 0. */
  weightDecay?: number;
  clip?: Clipping;
  /** With validation data only: stops early, and in the end restores the weights of the best epoch. */
  earlyStopping?: EarlyStopping;
}

export interface TrainerOptions extends TrainingSettings {
  network: Network;
  training: BatchSource;
  /** Measured after each epoch. */
  validation?: EvaluationSource;
  /** Steps between `checkpoint` events; 0: none. Default 0. */
  checkpointEverySteps?: number;
  /** Runs each step operation by operation, to compare with: captured steps are several times as fast. Default false. */
  eager?: boolean;
  /** Least time between `progress` events, in milliseconds. Default 500. */
  progressEveryMs?: number;
  /** Awaited: training goes on when it resolves. What it throws ends the training. */
  onEvent?: (event: TrainingEvent) => void | Promise<void>;
}
