/** Lets one in at a time; the others wait, first come, first served. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** @throws the signal's reason if it aborts before the turn comes. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    let leave = (): void => undefined;
    this.#last = Promise.all([before, new Promise<void>((resolve) => (leave = resolve))]);
    let giveUp = (): void => undefined;
    try {
      await Promise.race([before, new Promise((_, reject) => signal.addEventListener('abort', (giveUp = () => reject(signal.reason as Error)), { once: true }))]);
      signal.throwIfAborted();
      return await work();
    } finally {
      signal.removeEventListener('abort', giveUp);
      leave();
    }
  }
}
