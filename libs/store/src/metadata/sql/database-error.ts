import { QuartetError } from '@quartet/contracts';

/** A text with a NUL, which PostgreSQL has no place for, or a number beyond its type. Only a caller's value can be that. */
const UNSTORABLE = new Set(['22021', '22P05', '22003']);
const CONNECTION_LOST = /^(08|57P0|53300)|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/;

export const codeOf = (error: unknown): string => (error as { code?: string } | null)?.code ?? '';

/** A failure of the database in Quartet's terms, where it has one; others as they are. */
export function databaseError(error: unknown): unknown {
  if (QuartetError.is(error)) return error;
  const code = codeOf(error);
  const message = (error as Error | null)?.message ?? '';
  if (code === '53100' || code === 'ENOSPC' || /No space left on device/.test(message)) {
    return new QuartetError('DISK_FULL', `No space left for the database (${message}). Nothing was changed; free some space and try again.`, { cause: error });
  }
  if (UNSTORABLE.has(code)) {
    return new QuartetError('INVALID_FIELD', `The request holds a value that can't be kept (${message}); expected texts without NUL characters, and numbers within their range.`, { cause: error });
  }
  if (CONNECTION_LOST.test(code) || /^(Connection terminated|timeout exceeded when trying to connect|Client (was closed|has encountered a connection error) and is not queryable)/.test(message)) {
    return new QuartetError('UNAVAILABLE', `The database can't be reached now (${message}). Try again.`, { cause: error, retryAfterMs: 1000 });
  }
  return error;
}
