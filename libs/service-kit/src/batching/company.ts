/** Weight of the latest batch in the mean. */
const SMOOTHING = 0.3;

/**
 * How many requests are worth waiting for: as many as batches lately had. A caller who sends one request after the other would wait in vain
 * for a second one each time; of eight callers who wait for their answers, no ninth request comes.
 */
export class Company {
  /** Undefined before the first batch: nothing is known. */
  private mean: number | undefined;

  /** @param requests In a batch that starts. */
  observe(requests: number): void {
    this.mean = this.mean === undefined ? requests : this.mean + SMOOTHING * (requests - this.mean);
  }

  /** With so many, a batch starts at once. */
  get expected(): number {
    return this.mean === undefined ? Infinity : Math.max(1, Math.round(this.mean));
  }
}
