import { QuartetError, type Settings } from '@quartet/contracts';

const RETRY_MS = 1000;

/** What a process holds something for: live sequences, live sound. */
const KINDS = { QUARTET_RNN_MAX_SESSIONS: 'sessions', QUARTET_RNN_MAX_STREAMS: 'streams of sound' } as const;

/** The calls of one kind that a process holds something for: how many there are. */
export class Places<Limit extends keyof typeof KINDS> {
  #taken = 0;

  /** @param limit Name of the setting that says how many there may be. */
  constructor(
    private readonly limit: Limit,
    private readonly settings: Pick<Settings, Limit>,
  ) {}

  /** @returns to be called when the call has ended. @throws QuartetError QUEUE_FULL */
  enter(): () => void {
    const most = this.settings[this.limit];
    if (this.#taken >= most) {
      const message = `${this.#taken} ${KINDS[this.limit]} are open in this service; the limit is ${most} (${this.limit}). Try again later, or add replicas.`;
      throw new QuartetError('QUEUE_FULL', message, { retryAfterMs: RETRY_MS });
    }
    this.#taken += 1;
    let left = false;
    return () => {
      if (!left) this.#taken -= 1;
      left = true;
    };
  }
}
