import { QuartetError, type Settings } from '@quartet/contracts';

const RETRY_MS = 1000;

/** The live sequences of a process: how many there are. */
export class Sessions {
  #open = 0;

  constructor(private readonly settings: Pick<Settings, 'QUARTET_RNN_MAX_SESSIONS'>) {}

  /** @returns to be called when the session has ended. @throws QuartetError QUEUE_FULL */
  enter(): () => void {
    const { QUARTET_RNN_MAX_SESSIONS: most } = this.settings;
    if (this.#open >= most) {
      const message = `${this.#open} sessions are open in this service; the limit is ${most} (QUARTET_RNN_MAX_SESSIONS). Try again later, or add replicas.`;
      throw new QuartetError('QUEUE_FULL', message, { retryAfterMs: RETRY_MS });
    }
    this.#open += 1;
    let left = false;
    return () => {
      if (!left) this.#open -= 1;
      left = true;
    };
  }
}
