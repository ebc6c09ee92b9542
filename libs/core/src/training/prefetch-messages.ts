import type { CoreReason, Violation } from '../errors';
import type { ExampleBatch } from './objective';

// What a training's thread and its batch worker say to each other.

export interface PrefetchWorkerData {
  module: string;
  data: unknown;
}

export interface BatchRequest {
  epoch: number;
  step: number;
}

/** An error across the threads: a CoreError or QuartetError keeps its reason. */
export interface PlainFailure {
  message: string;
  reason?: CoreReason;
  violations?: Violation[];
  metadata?: Record<string, string>;
}

/** Answers come in the order of the requests. */
export type PrefetchReply = { kind: 'ready'; stepsPerEpoch: number } | { kind: 'batch'; batch: ExampleBatch } | { kind: 'failed'; failure: PlainFailure };
