/** What a step of priority is worth: so much engine time, in milliseconds, that others had before. */
const STEP_MS = 100;

interface Claim {
  key: string;
  priority: number;
}

/**
 * Shares the engine workers among models by the time that each has had (start-time fair queueing, Goyal et al. 1996): the next is of the
 * model that had least. A model that was idle starts where the others are: it has saved nothing up.
 */
export class FairShare {
  /** Engine time by model, on a clock that all share. */
  readonly #had = new Map<string, number>();
  readonly #lastRun = new Map<string, number>();
  /** Requests that wait or run, by model. */
  readonly #busy = new Map<string, number>();
  #clock = 0;

  /** A request of a model begins to wait. */
  arrive(key: string): void {
    const busy = this.#busy.get(key) ?? 0;
    if (busy === 0) this.#had.set(key, Math.max(this.#had.get(key) ?? 0, this.#clock));
    this.#busy.set(key, busy + 1);
  }

  /** In the order in which they should go; of one model, first come first. */
  order<C extends Claim>(claims: readonly C[]): C[] {
    const rank = ({ key, priority }: C) => (this.#had.get(key) ?? 0) - priority * STEP_MS;
    return [...claims].sort((a, b) => rank(a) - rank(b));
  }

  /** A request goes to a worker. Until it ends, it counts as much as the model's last one. */
  start(key: string): void {
    const had = this.#had.get(key) ?? 0;
    this.#clock = Math.max(this.#clock, had);
    this.#had.set(key, had + (this.#lastRun.get(key) ?? 0));
  }

  end(key: string, ms: number): void {
    this.#had.set(key, (this.#had.get(key) ?? 0) + ms - (this.#lastRun.get(key) ?? 0));
    this.#lastRun.set(key, ms);
    this.#busy.set(key, Math.max(0, (this.#busy.get(key) ?? 0) - 1));
  }

  forget(key: string): void {
    this.#had.delete(key);
    this.#lastRun.delete(key);
    this.#busy.delete(key);
  }
}
