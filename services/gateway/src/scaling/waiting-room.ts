import { QuartetError, type Settings } from '@quartet/contracts';

/** A pod takes longer than that to start, but another call may end its wait sooner. */
const RETRY_AFTER_MS = 2000;

/** The calls of a gateway that wait for pods to start, to all workloads together: they take memory here, so there is an end to them. */
export class WaitingRoom {
  /** Longest wait; 0: nothing waits. */
  readonly limitMs: number;
  readonly #maxCalls: number;
  readonly #maxBytes: number;
  #calls = 0;
  #bytes = 0;

  constructor(settings: Pick<Settings, 'QUARTET_GATEWAY_HOLD_MS' | 'QUARTET_GATEWAY_HOLD_CALLS' | 'QUARTET_GATEWAY_HOLD_BYTES'>) {
    this.limitMs = settings.QUARTET_GATEWAY_HOLD_MS;
    this.#maxCalls = settings.QUARTET_GATEWAY_HOLD_CALLS;
    this.#maxBytes = settings.QUARTET_GATEWAY_HOLD_BYTES;
  }

  /**
   * Takes a call in; the function that is returned lets it out.
   * @param bytes of its request, as far as that is here
   * @throws QuartetError QUEUE_FULL
   */
  enter(bytes: number): () => void {
    if (this.#calls >= this.#maxCalls) throw full(`${this.#calls} calls wait in this gateway for pods to start; the limit is ${this.#maxCalls} (QUARTET_GATEWAY_HOLD_CALLS).`);
    if (this.#bytes + bytes > this.#maxBytes) {
      throw full(`The calls that wait in this gateway for pods to start hold ${this.#bytes} bytes, and this one has ${bytes}; the limit is ${this.#maxBytes} (QUARTET_GATEWAY_HOLD_BYTES).`);
    }
    this.#calls += 1;
    this.#bytes += bytes;
    return () => {
      this.#calls -= 1;
      this.#bytes -= bytes;
    };
  }
}

const full = (message: string) => new QuartetError('QUEUE_FULL', `${message} Send it again later.`, { retryAfterMs: RETRY_AFTER_MS });
