import { QuartetError } from '@quartet/contracts';
import type { Upstream } from '../upstream';
import type { Demand } from './demand';
import type { WaitingRoom } from './waiting-room';

/** The calls that wait for the first pod of a workload. */
export class Hold {
  readonly #waiting = new Set<(failure?: QuartetError) => void>();

  constructor(
    private readonly upstream: Upstream,
    private readonly demand: Demand,
    private readonly room: WaitingRoom,
  ) {}

  /**
   * Waits until the workload has a pod.
   * @param bytes of the request, as far as that is here
   * @param signal ends the wait, with its reason: the caller went away, or its deadline passed
   * @throws QuartetError QUEUE_FULL if there is no room to wait in, UNAVAILABLE if none came in time
   */
  async wait(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const leave = this.room.enter(bytes);
    const first = this.#waiting.size === 0;
    let release = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const settle = (failure?: Error) => (failure ? reject(failure) : resolve());
        const onAbort = () => settle(signal.reason as Error);
        const timer = setTimeout(() => settle(this.#tooLate()), this.room.limitMs);
        release = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          this.#waiting.delete(settle);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        this.#waiting.add(settle);
        if (first) this.demand.waits();
      });
    } finally {
      release();
      leave();
    }
  }

  /** Lets all go on: there is a pod; or, with a failure, ends their calls. */
  end(failure?: QuartetError): void {
    for (const settle of [...this.#waiting]) settle(failure);
  }

  #tooLate(): QuartetError {
    const { title, address } = this.upstream;
    return new QuartetError('UNAVAILABLE', `No pod of the ${title} came up at ${address} within ${this.room.limitMs} ms (QUARTET_GATEWAY_HOLD_MS). Send the call again later.`, { retryAfterMs: 1000 });
  }
}
