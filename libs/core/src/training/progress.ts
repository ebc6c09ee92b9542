/** Throttles progress events and measures speed. Wall-clock time only: it decides nothing in a training. */
export class Progress {
  examplesPerSecond = 0;
  /** Share of the time that training waited for its batches. */
  waitShare = 0;
  private examples = 0;
  private waitedMs = 0;
  private since = performance.now();
  private epochStart = this.since;
  private first = true;

  constructor(private readonly everyMs: number) {}

  /** Waits for `work`, and counts the time. */
  async waitFor<T>(work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.waitedMs += performance.now() - start;
    return result;
  }

  /** Counts a step's examples. @returns whether a progress event is due: at the first step, then every so often. */
  count(examples: number, due = false): boolean {
    this.examples += examples;
    const now = performance.now();
    const elapsed = now - this.since;
    if (!this.first && !due && elapsed < this.everyMs) return false;
    this.first = false;
    this.examplesPerSecond = elapsed > 0 ? (this.examples / elapsed) * 1000 : 0;
    this.waitShare = elapsed > 0 ? Math.min(1, this.waitedMs / elapsed) : 0;
    this.restart(now);
    return true;
  }

  /** @returns seconds since the epoch before ended. */
  endEpoch(): number {
    const now = performance.now();
    const seconds = (now - this.epochStart) / 1000;
    this.epochStart = now;
    // Validation isn't training: it mustn't count as time in which no example was seen.
    this.restart(now);
    return seconds;
  }

  private restart(now: number): void {
    this.since = now;
    this.examples = 0;
    this.waitedMs = 0;
  }
}
