import { QuartetError, type DatasetOptions, type FieldViolation, type Reason } from '@quartet/contracts';
import type { IngestProgress, IngestResult, VideoDecoding } from '@quartet/data';

/** What the registry asks of the child process that reads data, sent by Node's structured clone. */
export interface IngestTask {
  source: { files: Map<string, string> } | { uri: string };
  options: DatasetOptions | undefined;
  /** A folder to work in. */
  folder: string;
  limits: { maxBytes: number; maxFiles: number };
  importRoot: string;
  /** What an s3: URI may name as its endpoint. */
  endpoints: readonly string[];
  cacheDir: string;
  video: VideoDecoding;
}

export type IngestReply = { progress: IngestProgress } | { result: IngestResult } | { failure: PlainError };

/** A QuartetError between processes; `reason` is unset for any other error. */
export interface PlainError {
  reason?: Reason;
  message: string;
  stack?: string;
  violations?: FieldViolation[];
  metadata?: Record<string, string>;
  retryAfterMs?: number;
}

export function toPlain(error: unknown): PlainError {
  if (!QuartetError.is(error)) return { message: error instanceof Error ? error.message : String(error), stack: error instanceof Error ? error.stack : undefined };
  const { reason, message, violations, metadata, retryAfterMs } = error;
  return { reason, message, violations: [...violations], metadata: { ...metadata }, retryAfterMs };
}

export function fromPlain({ reason, message, stack, ...options }: PlainError): Error {
  return reason ? new QuartetError(reason, message, options) : Object.assign(new Error(message), { stack });
}
