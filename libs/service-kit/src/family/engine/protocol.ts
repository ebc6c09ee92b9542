import type { HostTensor } from '@quartet/core';
import { QuartetError, type FieldViolation, type Reason } from '@quartet/contracts';

/** Named tensors; the first dimension of each is the batch. */
export type Tensors = Record<string, HostTensor>;

/** What an engine worker is started with. */
export interface EngineWorkerData {
  /** Module that exports `host: ModelHost`. */
  hostModule: string;
}

/** What the main thread asks of an engine worker. `id` comes back in the reply. */
export type EngineRequest =
  | { kind: 'load'; id: number; key: string; folder: string }
  | { kind: 'unload'; id: number; key: string }
  | { kind: 'run'; id: number; key: string; method: string; inputs: Tensors };

/** Start and end of the work inside the worker, in ms since the epoch, for its span. */
export interface WorkTimes {
  startedAt: number;
  endedAt: number;
}

export type EngineReply =
  | { kind: 'ready'; engine: string; warning: string | undefined }
  | ({ kind: 'done'; id: number; outputs: Tensors | undefined } & WorkTimes)
  | { kind: 'failed'; id: number; error: PlainError };

/** An error as it crosses between threads, which strips an error of its class and its extra fields. */
export interface PlainError {
  reason: Reason;
  message: string;
  violations: FieldViolation[];
  metadata: Record<string, string>;
  stack: string | undefined;
}

export function toPlainError(error: unknown): PlainError {
  const known = QuartetError.is(error) ? error : undefined;
  return {
    reason: known?.reason ?? 'INTERNAL',
    message: error instanceof Error ? error.message : String(error),
    violations: [...(known?.violations ?? [])],
    metadata: { ...known?.metadata },
    stack: error instanceof Error ? error.stack : undefined,
  };
}

export function fromPlainError({ reason, message, violations, metadata, stack }: PlainError): QuartetError {
  const error = new QuartetError(reason, message, { violations, metadata });
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** The buffers of the tensors that own all of theirs, to be moved rather than copied. */
export function transferable(tensors: Tensors): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of Object.values(tensors)) {
    if (data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength) buffers.add(data.buffer);
  }
  return [...buffers];
}

/** Milliseconds since the epoch, with the fraction that Date.now() lacks. */
export const now = (): number => performance.timeOrigin + performance.now();
