import type { Activity, Listener } from './changes';

/**
 * How much a workload is asked for, by which it is decided whether it has pods, and how many. It outlives the workload: while a model's
 * pods move to another address, whoever follows the demand for them goes on doing so.
 */
export class Demand implements Activity {
  readonly #idleMs: number;
  readonly #listeners = new Set<Listener>();
  #requests = 0;
  #lastCall = -Infinity;

  /** @param idleMs without a call for so long it is inactive */
  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** Requests that wait or are under way. */
  get requests(): number {
    return this.#requests;
  }

  /** Whether one waits or is under way, or one came lately. */
  isActive(now = Date.now()): boolean {
    return this.#requests > 0 || now - this.#lastCall < this.#idleMs;
  }

  /** How long it stays active if nothing comes, in milliseconds; Infinity: until something ends, or comes. */
  staysFor(now = Date.now()): number {
    return this.#requests > 0 || !this.isActive(now) ? Infinity : this.#lastCall + this.#idleMs - now;
  }

  /** A request has come; the function that is returned is called at its end. */
  begin(): () => void {
    this.noted();
    this.#requests += 1;
    return () => {
      this.#requests -= 1;
      this.#lastCall = Date.now();
      if (this.#requests === 0) this.#tell();
    };
  }

  /** A request has come that is served elsewhere for the time being. */
  noted(): void {
    const wasActive = this.isActive();
    this.#lastCall = Date.now();
    if (!wasActive) this.#tell();
  }

  /** A request begins to wait, and none did before: it is told even if that changes nothing, since pods are wanted now. */
  waits(): void {
    this.#tell(true);
  }

  follow(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(again = false): void {
    for (const listener of [...this.#listeners]) listener(again);
  }
}
