/** Marks an error as Quartet's own, across realms and duplicated packages; @quartet/contracts uses the same mark. */
const BRAND = Symbol.for('quartet.error');

/** What went wrong, by the names that travel as `google.rpc.ErrorInfo.reason`. */
export type CoreReason =
  | 'INVALID_FIELD'
  | 'SHAPE_MISMATCH'
  | 'DTYPE_MISMATCH'
  | 'BYTE_COUNT_MISMATCH'
  | 'NOT_FINITE'
  | 'EMPTY_BATCH'
  | 'BATCH_TOO_LARGE'
  | 'CORRUPT_DATA'
  | 'UNUSABLE_DATASET'
  | 'WRONG_STATE'
  | 'LIMIT_EXCEEDED'
  | 'DISK_FULL'
  | 'UNAVAILABLE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL';

export interface Violation {
  /** Path of the field: `spec.layers[3].filters`. */
  field: string;
  /** What was received, what was expected, and what to do. */
  description: string;
}

export interface CoreErrorOptions {
  violations?: Violation[];
  metadata?: Record<string, string>;
  cause?: unknown;
}

/**
 * The one error that this library throws on purpose. Its message says what was received, what was expected and what to
 * do. Has the shape and the mark of `QuartetError` of @quartet/contracts, which this library doesn't import.
 */
export class CoreError extends Error {
  override readonly name = 'CoreError';
  readonly [BRAND] = true;
  readonly reason: CoreReason;
  readonly violations: readonly Violation[];
  readonly retryAfterMs: number | undefined = undefined;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(reason: CoreReason, message: string, options: CoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.violations = options.violations ?? [];
    this.metadata = options.metadata ?? {};
  }

  /** One field is wrong. */
  static invalid(field: string, description: string, reason: CoreReason = 'INVALID_FIELD'): CoreError {
    return new CoreError(reason, `${field}: ${description}`, { violations: [{ field, description }] });
  }

  /** Several fields are wrong; the message names them all. */
  static invalidAll(violations: Violation[], reason: CoreReason = 'INVALID_FIELD'): CoreError {
    const message = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
    return new CoreError(reason, message, { violations });
  }
}
