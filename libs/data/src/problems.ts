import { QuartetError, type Reason } from '@quartet/contracts';

/** What is wrong with a file: what was found, what should be there, and what the user can do. */
export interface Problem {
  received: string;
  expected: string;
  remedy: string;
  cause?: unknown;
}

function problem(reason: Reason, file: string, { received, expected, remedy, cause }: Problem): QuartetError {
  return new QuartetError(reason, `${file}: ${received}; expected ${expected}. ${remedy}`, { metadata: { file }, cause });
}

/** A file that can't be read, or isn't safe to read. */
export const corrupt = (file: string, what: Problem): QuartetError => problem('CORRUPT_DATA', file, what);

/** Data that can be read but not learned from. */
export const unusable = (file: string, what: Problem): QuartetError => problem('UNUSABLE_DATASET', file, what);

/** More than the platform allows. */
export const overLimit = (file: string, what: Problem): QuartetError => problem('LIMIT_EXCEEDED', file, what);

/** The text of an unknown error, for the `received` of a problem. */
export const textOf = (error: unknown): string => (error as Error | undefined)?.message ?? String(error);

/** `"a", "b" and 3 more`, so that a list in a message stays short. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).map((name) => `"${name}"`).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** Throws the signal's reason as a QuartetError if it is set. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new QuartetError('CANCELLED', 'Reading the data set was cancelled.', { cause: signal.reason });
}
