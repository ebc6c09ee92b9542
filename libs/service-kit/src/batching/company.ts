/** Weight of the latest batch in the mean. */
const SMOOTHING = 0.3;
/** Before anything is known. */
const AT_FIRST = 2;
/** Requests a batch, on average, from which on others are worth waiting for. */
const WORTH_IT = 1.25;

/**
 * Whether a request that comes to an idle engine should wait for others: whether batches lately had more than one. A caller who sends one
 * request after the other would wait in vain each time; many at once fill batches by themselves, since requests collect while one runs.
 */
export class Company {
  private mean = AT_FIRST;

  /** @param requests In a batch that starts. */
  observe(requests: number): void {
    this.mean += SMOOTHING * (requests - this.mean);
  }

  get isLikely(): boolean {
    return this.mean >= WORTH_IT;
  }
}
