/** Lets so many in at once; the others wait, first come, first served. */
export class Limiter {
  #inside = 0;
  readonly #waiting: (() => void)[] = [];
  #idle: (() => void)[] = [];

  constructor(readonly limit: number) {}

  /** Resolves with the function that leaves. @throws the signal's reason if it aborts first. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#inside >= this.limit) await this.#turn(signal);
    else this.#inside++;
    return () => this.#leave();
  }

  /** Resolves when nobody is inside. */
  async idle(): Promise<void> {
    if (this.#inside > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** The place passes straight to the next in line. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) return next();
    this.#inside--;
    if (this.#inside === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
