import { QuartetError, type Settings } from '@quartet/contracts';

const RETRY_MS = 1000;

/** Settings that are whole numbers. */
type NumberSetting = { [K in keyof Settings]: Settings[K] extends number ? K : never }[keyof Settings];

/** The calls of one kind that a process holds something for, such as live sequences: how many there are. */
export class Places<Limit extends NumberSetting> {
  #taken = 0;

  /** @param limit Name of the setting that says how many there may be. @param what They are, for the error: `sessions`. */
  constructor(
    private readonly limit: Limit,
    private readonly what: string,
    private readonly settings: Pick<Settings, Limit>,
  ) {}

  /** @returns to be called when the call has ended. @throws QuartetError QUEUE_FULL */
  enter(): () => void {
    const most: number = this.settings[this.limit];
    if (this.#taken >= most) {
      const message = `${this.#taken} ${this.what} are open in this service; the limit is ${most} (${this.limit}). Try again later, or add replicas.`;
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
