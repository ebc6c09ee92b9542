import { sql } from 'kysely';
import type { Connection, Trx } from './sql/connection';

const CHANNEL = 'quartet';

/** What one may wait for. */
export type Topic = `job:${string}` | `queue:${string}` | `versions:${string}`;

/** Tells every process that shares the database, when the transaction commits, that something changed. */
export async function notify(trx: Trx, topic: Topic): Promise<void> {
  await sql`SELECT pg_notify(${CHANNEL}, ${topic})`.execute(trx);
}

/** Waits for `notify` by LISTEN. A wait also ends by time, so that a lost message delays and never blocks. */
export class Signals {
  readonly #subscriptions = new Map<string, Set<Subscription>>();

  static async open(connection: Connection): Promise<Signals> {
    const signals = new Signals();
    await connection.listen(CHANNEL, (topic) => signals.#received(topic));
    return signals;
  }

  /** From here on no change of the topic is missed, whether or not someone waits at that moment. */
  subscribe(topic: Topic): Subscription {
    const subscription = new Subscription(() => {
      const peers = this.#subscriptions.get(topic);
      peers?.delete(subscription);
      if (!peers?.size) this.#subscriptions.delete(topic);
    });
    const peers = this.#subscriptions.get(topic) ?? new Set();
    this.#subscriptions.set(topic, peers.add(subscription));
    return subscription;
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /** Ends every wait, once. */
  wakeAll(): void {
    this.#received(undefined);
  }

  #received(topic: string | undefined): void {
    const woken = topic === undefined ? [...this.#subscriptions.values()] : [this.#subscriptions.get(topic) ?? []];
    for (const peers of woken) for (const subscription of peers) subscription.wake();
  }
}

export class Subscription {
  #changed = false;
  #resume: (() => void) | undefined;

  constructor(readonly close: () => void) {}

  wake(): void {
    this.#changed = true;
    this.#resume?.();
  }

  /** Resolves at the next change (one since the last call counts), after `timeoutMs`, or when `signal` aborts. */
  async changed(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#changed && !signal.aborted && timeoutMs > 0) {
      await new Promise<void>((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', finish);
          this.#resume = undefined;
          resolve();
        };
        const timer = setTimeout(finish, timeoutMs);
        signal.addEventListener('abort', finish);
        this.#resume = finish;
      });
    }
    this.#changed = false;
  }
}
