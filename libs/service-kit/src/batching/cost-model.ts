/** Weight that a run keeps with each later one. */
const FADING = 0.8;

/** Fewer runs than this teach nothing. */
const ENOUGH = 3;

/**
 * An estimate older than this, in milliseconds, is no ground to refuse a request, and is forgotten with the next run: the machine may be quieter by
 * now, and estimates that refuse everything would learn no better.
 */
const STALE_MS = 1_000;

/**
 * What a run costs by its number of examples, learned from the runs themselves: milliseconds = base + each * size, a line by least
 * squares in which older runs fade. Both are at least 0: more examples are never thought faster.
 */
export class CostModel {
  #runs = 0;
  #observedAt = -Infinity;
  #weight = 0;
  #size = 0;
  #ms = 0;
  #sizeSize = 0;
  #sizeMs = 0;

  observe(size: number, ms: number, now: number): void {
    const stale = now - this.#observedAt > STALE_MS;
    this.#runs = stale ? 1 : this.#runs + 1;
    this.#observedAt = now;
    const fade = (sum: number, value: number) => (stale ? 0 : FADING * sum) + value;
    this.#weight = fade(this.#weight, 1);
    this.#size = fade(this.#size, size);
    this.#ms = fade(this.#ms, ms);
    this.#sizeSize = fade(this.#sizeSize, size * size);
    this.#sizeMs = fade(this.#sizeMs, size * ms);
  }

  /** True if there were enough runs, the last one lately. */
  known(now: number): boolean {
    return this.#runs >= ENOUGH && now - this.#observedAt < STALE_MS;
  }

  /** Milliseconds that a run of so many examples takes; 0 before the first. */
  estimate(size: number): number {
    if (this.#weight === 0) return 0;
    const [meanSize, meanMs] = [this.#size / this.#weight, this.#ms / this.#weight];
    const variance = this.#sizeSize / this.#weight - meanSize * meanSize;
    const covariance = this.#sizeMs / this.#weight - meanSize * meanMs;
    // Runs of one size tell nothing of others.
    const slope = variance < 1e-6 * meanSize * meanSize ? 0 : Math.max(0, covariance / variance);
    const base = meanMs - slope * meanSize;
    return base >= 0 ? base + slope * size : (meanMs / meanSize) * size;
  }
}
