import { setTimeout as sleep } from 'node:timers/promises';
import { QuartetError, type Reason } from '@quartet/contracts';

/** Reasons that pass by themselves: the other side is starting, draining, slow or full. */
const TRANSIENT: ReadonlySet<Reason> = new Set(['UNAVAILABLE', 'DRAINING', 'DEADLINE_EXCEEDED', 'QUEUE_FULL']);

export const isTransient = (error: unknown): boolean => QuartetError.is(error) && TRANSIENT.has(error.reason);

/** Passes only when someone frees some space. */
export const isDiskFull = (error: unknown): error is QuartetError => QuartetError.is(error) && error.reason === 'DISK_FULL';

/** What a log says of an error that passes by itself: its stack would say nothing. */
export const brief = (error: unknown): Record<string, unknown> =>
  isTransient(error) ? { reason: (error as QuartetError).reason, error: (error as QuartetError).message } : { err: error };

export interface RetryOptions {
  /** Ends the retries; the last error is thrown. */
  signal?: AbortSignal | undefined;
  /** Wait before the second try, in ms; doubles with each try. */
  firstDelayMs?: number;
  /** Longest wait between tries, in ms. */
  maxDelayMs?: number;
  /** Which errors are tried again; default: {@link isTransient}. */
  retryable?: (error: unknown) => boolean;
  /** Called before each wait. */
  onRetry?: (error: unknown, attempt: number, delayMs: number) => void;
}

/** Waits of an exponential backoff with full jitter in its upper half, so that a fleet doesn't come back in step. */
export function backoffMs(attempt: number, firstDelayMs = 100, maxDelayMs = 5_000): number {
  const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** Sleeps, or returns early when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

/**
 * Runs `action` until it succeeds, fails for good, or `signal` aborts. There is no limit on the number of tries: what
 * uses it (a job's owner, a version watch) must outlast any absence of the registry.
 */
export async function retry<T>(action: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { signal, firstDelayMs, maxDelayMs, retryable = isTransient, onRetry } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (signal?.aborted || !retryable(error)) throw error;
      const hinted = QuartetError.is(error) ? (error.retryAfterMs ?? 0) : 0;
      const delay = Math.max(Math.min(hinted, maxDelayMs ?? 5_000), backoffMs(attempt, firstDelayMs, maxDelayMs));
      onRetry?.(error, attempt, delay);
      await pause(delay, signal);
      if (signal?.aborted) throw error;
    }
  }
}
