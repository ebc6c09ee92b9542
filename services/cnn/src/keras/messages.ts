import { QuartetError, type cnn, type FieldViolation, type ImportedFile, type Reason } from '@quartet/contracts';
import type { FinishedModel } from '@quartet/service-kit';

/** What the service asks of the child process that reads a model, sent by Node's structured clone. */
export interface ImportTask {
  path: string;
  file: ImportedFile;
  /** Empty: 0, 1, ... */
  classNames: string[];
  pixels: cnn.PixelRange;
  /** Where the artefact goes: an empty folder, or none yet. */
  folder: string;
  maxBytes: number;
}

export interface Imported {
  finished: FinishedModel;
  file: ImportedFile;
  pixels: cnn.PixelRange;
  notes: string[];
}

export type ImportReply = { imported: Imported } | { failure: PlainError };

/** A QuartetError between processes; `reason` is unset for any other error. */
export interface PlainError {
  reason?: Reason;
  message: string;
  violations?: FieldViolation[];
  metadata?: Record<string, string>;
}

export function toPlain(error: unknown): PlainError {
  if (!QuartetError.is(error)) return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  const { reason, message, violations, metadata } = error;
  return { reason, message, violations: [...violations], metadata: { ...metadata } };
}

export const fromPlain = ({ reason, message, ...options }: PlainError): Error => (reason ? new QuartetError(reason, message, options) : new Error(message));
