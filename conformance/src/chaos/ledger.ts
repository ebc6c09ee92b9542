import { CallError, type QuartetClient } from '@quartet/client';
import type { Journal } from './journal';
import { WrongAnswer } from './known';

/** What became of the requests of one kind. */
export interface Count {
  requests: number;
  answered: number;
  /** Calls: a request that meets UNAVAILABLE is sent again. */
  calls: number;
  /** Failed calls, by code and reason. */
  failures: Record<string, number>;
  /** Longest until the answer, all calls of a request together. */
  slowestMs: number;
}

/** What a call may fail with while things break, by code: reasons, or any. All else is a finding. */
const ALLOWED: Readonly<Record<number, readonly string[] | 'any'>> = {
  4: 'any', // DEADLINE_EXCEEDED
  8: ['QUEUE_FULL', 'DISK_FULL', 'LIMIT_EXCEEDED'], // RESOURCE_EXHAUSTED
  14: 'any', // UNAVAILABLE
};
const CODES = ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE'];

/** A request that has no answer after so long is lost. */
const LOST_MS = 300_000;
/** Of the first call; each later one has more time, so that a machine that is slow gets there too. */
const DEADLINE_MS = 3_000;
const LONGEST_DEADLINE_MS = 60_000;
const LONGEST_PAUSE_MS = 1_000;

export interface AskOptions {
  /** Codes beside the usual ones, for a caller that cancels. */
  readonly allowed?: readonly number[];
  /** After a failure of these reasons the answer is known not to come: it counts as one. */
  readonly final?: readonly string[];
}

/** Sends requests until they are answered, and keeps the account. */
export class Ledger {
  readonly counts: Record<string, Count> = {};

  constructor(readonly journal: Journal) {}

  /** A request that may be sent again after a failure: it has to be answered in the end, and rightly. */
  async answer<T>(kind: string, call: (deadlineMs: number) => Promise<T>, options: AskOptions = {}): Promise<T | undefined> {
    const count = this.#count(kind);
    count.requests += 1;
    const began = Date.now();
    for (let failures = 0; ; failures += 1) {
      count.calls += 1;
      try {
        const answer = await call(Math.min(LONGEST_DEADLINE_MS, DEADLINE_MS * 1.5 ** failures));
        count.answered += 1;
        count.slowestMs = Math.max(count.slowestMs, Date.now() - began);
        return answer;
      } catch (error) {
        const wait = this.#failed(kind, error, options);
        if (wait === undefined) return undefined;
        if (Date.now() - began > LOST_MS) {
          this.journal.find(`${kind}: a request that may be repeated was given no answer within ${LOST_MS / 1000} s; the last failure: ${String(error).slice(0, 300)}`);
          return undefined;
        }
        await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, wait ?? 100 * (failures + 1))));
      }
    }
  }

  /** A request that need not be answered, sent once: its caller is impatient or goes away. A failure must still be a proper one. */
  async once(kind: string, call: () => Promise<unknown>, options: AskOptions = {}): Promise<void> {
    const count = this.#count(kind);
    count.requests += 1;
    count.calls += 1;
    try {
      await call();
      count.answered += 1;
    } catch (error) {
      this.#failed(kind, error, options);
    }
  }

  /** @returns milliseconds after which to try again; undefined: never */
  #failed(kind: string, error: unknown, { allowed = [], final = [] }: AskOptions): number | undefined {
    if (error instanceof WrongAnswer) {
      this.journal.find(`${kind}: a wrong answer: ${error.message.slice(0, 1000)}`);
      return undefined;
    }
    if (!(error instanceof CallError)) {
      this.journal.find(`${kind}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`.slice(0, 1000));
      return undefined;
    }
    const name = `${CODES[error.code] ?? error.code} ${error.reason}`;
    const count = this.#count(kind);
    count.failures[name] = (count.failures[name] ?? 0) + 1;
    if (final.includes(error.reason)) return undefined;
    const usual = ALLOWED[error.code];
    if (usual === 'any' || usual?.includes(error.reason) || allowed.includes(error.code)) return error.retryAfterMs ?? 100;
    this.journal.find(`${kind}: ${name}: ${error.message.slice(0, 600)}`);
    return undefined;
  }

  #count(kind: string): Count {
    return (this.counts[kind] ??= { requests: 0, answered: 0, calls: 0, failures: {}, slowestMs: 0 });
  }
}

/** What the callers share. */
export interface LoadContext {
  readonly client: QuartetClient;
  readonly ledger: Ledger;
  readonly journal: Journal;
}
