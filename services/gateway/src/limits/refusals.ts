/** A call, as far as it decides whether a service has room for it. */
export interface Asked {
  /** Whose queue it joins: method, model and priority. */
  queue: string;
  /** Until its deadline; Infinity: it has none. */
  leftMs: number;
  bytes: number;
}

/** What a replica said to a call that it had no room for. */
interface Refusal extends Asked {
  at: number;
  retryAfterMs: number;
}

/** A refusal holds for so long at most. */
const HOLDS_MS = 100;

/**
 * And for so much of the delay that it came with, which is about how long the work in the queue takes: new calls must come before that has run out, or
 * the service would idle.
 */
const HOLDS_SHARE = 1 / 4;

/** Queues that are remembered at a time: callers choose models and priorities. */
const MOST_QUEUES = 1024;

const holdsUntil = ({ at, retryAfterMs }: Refusal): number => at + Math.min(HOLDS_MS, HOLDS_SHARE * retryAfterMs);

/** Calls of one kind differ by so much: some milliseconds on the way, some bytes in a name. */
const ALIKE = 1.1;

/** Whether a call that is refused tells that another would be: that has hardly more time left, and is hardly smaller. */
const covers = (refusal: Asked, { leftMs, bytes }: Asked): boolean => refusal.leftMs * ALIKE >= leftMs && refusal.bytes <= bytes * ALIKE;

/**
 * What a service's replicas refused a moment ago because their queues were full. The gateway answers calls like those by itself for a moment: a service
 * under overload would spend on refusals what it needs for answers. A call goes through as soon as one replica may have room for it, as far as is
 * known: one for another model, method or priority, with more time, or with less data.
 */
export class Refusals {
  /** By queue, and then by replica, the latest each. */
  readonly #queues = new Map<string, Map<string, Refusal>>();

  /** A replica had no room for a call. */
  note(asked: Asked, replica: string, retryAfterMs: number, now = Date.now()): void {
    const known = this.#queues.get(asked.queue) ?? new Map<string, Refusal>();
    const before = known.get(replica);
    // One that tells more is kept while it holds.
    if (before && now < holdsUntil(before) && covers(before, asked)) return;
    known.set(replica, { ...asked, at: now, retryAfterMs });
    // The latest last.
    this.#queues.delete(asked.queue);
    this.#queues.set(asked.queue, known);
    const [oldest] = this.#queues.keys();
    if (this.#queues.size > MOST_QUEUES) this.#queues.delete(oldest!);
  }

  /**
   * @param replicas That may take the call.
   * @returns Milliseconds after which a replica said to ask it again, if each has just refused a call like this; 0: the call may go
   */
  check(asked: Asked, replicas: number, now = Date.now()): number {
    const known = this.#queues.get(asked.queue);
    if (!known) return 0;
    let [refusing, waitMs] = [0, Infinity];
    for (const [replica, refusal] of known) {
      if (now >= holdsUntil(refusal)) {
        known.delete(replica);
        continue;
      }
      if (!covers(refusal, asked)) continue;
      refusing += 1;
      waitMs = Math.min(waitMs, refusal.at + refusal.retryAfterMs - now);
    }
    if (known.size === 0) this.#queues.delete(asked.queue);
    return refusing >= Math.max(1, replicas) ? Math.ceil(waitMs) : 0;
  }
}
