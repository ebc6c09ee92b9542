import type { ErrorReason } from './generated/quartet/common/v1/error';

/** Marks an error as Quartet's own, across realms and duplicated packages; core's errors carry it too. */
const BRAND = Symbol.for('quartet.error');

/** A reason as it stands in `google.rpc.ErrorInfo.reason`: `SHAPE_MISMATCH`, ... */
export type Reason = keyof typeof ErrorReason extends infer K
  ? K extends `ERROR_REASON_${infer R}`
    ? Exclude<R, 'UNSPECIFIED'>
    : never
  : never;

export interface FieldViolation {
  /** Path of the field in the request: `batch.data`, `images[3].encoded`. */
  field: string;
  /** What was received, what was expected, and what to do. */
  description: string;
}

export interface QuartetErrorOptions {
  violations?: FieldViolation[];
  /** When a retry may help, in milliseconds. */
  retryAfterMs?: number;
  /** Facts for programs: `{ model: 'digits' }`. */
  metadata?: Record<string, string>;
  cause?: unknown;
}

/**
 * The one error that Quartet's code throws on purpose. Its message says what was received, what was expected and what
 * to do. service-kit turns it into a gRPC status with details; the client turns that back into this.
 */
export class QuartetError extends Error {
  override readonly name = 'QuartetError';
  readonly [BRAND] = true;
  readonly reason: Reason;
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(reason: Reason, message: string, options: QuartetErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.violations = options.violations ?? [];
    this.retryAfterMs = options.retryAfterMs;
    this.metadata = options.metadata ?? {};
  }

  /** True for a QuartetError and for core's errors, from whichever copy of the package. */
  static is(error: unknown): error is QuartetError {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
  }

  /** The usual case of bad input: one field is wrong. */
  static invalid(field: string, description: string, reason: Reason = 'INVALID_FIELD'): QuartetError {
    return new QuartetError(reason, `${field}: ${description}`, { violations: [{ field, description }] });
  }
}
