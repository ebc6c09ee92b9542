import type { RollbackPolicy } from '@quartet/contracts';

/** The newest latencies and disagreements that are looked at. */
const WINDOW = 500;

const DEFAULTS = { minRequests: 50, maxErrorRate: 0.05, maxLatencyRatio: 3 };

interface Side {
  calls: number;
  failed: number;
  /** Of the calls that succeeded, in milliseconds. */
  latencies: number[];
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? 0 : sorted[Math.floor(sorted.length / 2)]!;
}

function push(values: number[], value: number): void {
  values.push(value);
  if (values.length > WINDOW) values.shift();
}

/** Compares a canary with production by the calls that this process answered since the canary began. */
export class CanaryJudge {
  readonly #policy: RollbackPolicy | undefined;
  readonly #canary: Side = { calls: 0, failed: 0, latencies: [] };
  readonly #production: Side = { calls: 0, failed: 0, latencies: [] };
  readonly #disagreements: number[] = [];

  constructor(policy: RollbackPolicy | undefined) {
    this.#policy = policy;
  }

  /** @param ms undefined: of a stream, whose length is its caller's. */
  record(side: 'canary' | 'production', failed: boolean, ms: number | undefined): void {
    const counted = side === 'canary' ? this.#canary : this.#production;
    counted.calls += 1;
    if (failed) counted.failed += 1;
    else if (ms !== undefined) push(counted.latencies, ms);
  }

  recordDisagreement(share: number): void {
    push(this.#disagreements, share);
  }

  /** Why the canary should be rolled back; undefined: nothing speaks against it. */
  verdict(): string | undefined {
    if (this.#policy?.disabled) return undefined;
    const least = this.#policy?.minRequests || DEFAULTS.minRequests;
    return this.#byErrors(least) ?? this.#byLatency(least) ?? this.#byDisagreement(least);
  }

  #byErrors(least: number): string | undefined {
    if (this.#canary.calls < least) return undefined;
    const rate = this.#canary.failed / this.#canary.calls;
    const usual = this.#production.calls === 0 ? 0 : this.#production.failed / this.#production.calls;
    if (rate <= usual + (this.#policy?.maxErrorRate || DEFAULTS.maxErrorRate)) return undefined;
    return `${percent(rate)} of its ${this.#canary.calls} calls failed, ${percent(usual)} of production's ${this.#production.calls}`;
  }

  #byLatency(least: number): string | undefined {
    if (this.#canary.latencies.length < least || this.#production.latencies.length < least) return undefined;
    const [own, usual] = [median(this.#canary.latencies), median(this.#production.latencies)];
    if (own <= usual * (this.#policy?.maxLatencyRatio || DEFAULTS.maxLatencyRatio)) return undefined;
    return `its median latency is ${own.toFixed(1)} ms, production's ${usual.toFixed(1)} ms`;
  }

  #byDisagreement(least: number): string | undefined {
    const most = this.#policy?.maxDisagreement ?? 0;
    if (most === 0 || this.#disagreements.length < least) return undefined;
    const mean = this.#disagreements.reduce((a, b) => a + b, 0) / this.#disagreements.length;
    return mean > most ? `${percent(mean)} of its answers' values differ from production's, in ${this.#disagreements.length} calls` : undefined;
  }
}
