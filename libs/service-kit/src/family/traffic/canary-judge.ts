import type { RollbackPolicy } from '@quartet/contracts';
import { callValues, shiftOf, type CallValues } from './drift';
import type { Signal } from './signals';

/** The newest latencies, disagreements and signals that are looked at. */
const WINDOW = 500;

const DEFAULTS = { minRequests: 50, maxErrorRate: 0.05, maxLatencyRatio: 3, maxDrift: 0.5 };

/** Fewer calls than this have no mean to compare, whatever the policy says. */
const LEAST_FOR_DRIFT = 30;

/** Standard errors between two means. The question is asked again with every call, so that what is merely unlikely would happen. */
const CERTAIN = 5;

type SideName = 'canary' | 'production';

interface Side {
  calls: number;
  failed: number;
  /** Of the calls that succeeded, in milliseconds. */
  latencies: number[];
}

/** A signal of both sides, the newest calls. */
interface Watched extends Record<SideName, CallValues[]> {
  worse: Signal['worse'];
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? 0 : sorted[Math.floor(sorted.length / 2)]!;
}

function push<T>(values: T[], value: T): void {
  values.push(value);
  if (values.length > WINDOW) values.shift();
}

/** `1,080`; `0.61` */
const count = (whole: number): string => whole.toLocaleString('en-US');
const rounded = (value: number): number => Number(value.toPrecision(3));

/** Compares a canary with production by the calls that this process answered since the canary began. */
export class CanaryJudge {
  readonly #policy: RollbackPolicy | undefined;
  readonly #canary: Side = { calls: 0, failed: 0, latencies: [] };
  readonly #production: Side = { calls: 0, failed: 0, latencies: [] };
  readonly #disagreements: number[] = [];
  readonly #signals = new Map<string, Watched>();

  constructor(policy: RollbackPolicy | undefined) {
    this.#policy = policy;
  }

  /** @param ms undefined: of a stream, whose length is its caller's. */
  record(side: SideName, failed: boolean, ms: number | undefined): void {
    const counted = side === 'canary' ? this.#canary : this.#production;
    counted.calls += 1;
    if (failed) counted.failed += 1;
    else if (ms !== undefined) push(counted.latencies, ms);
  }

  recordDisagreement(share: number): void {
    push(this.#disagreements, share);
  }

  /** What one answer says of the model that gave it. */
  recordSignals(side: SideName, signals: readonly Signal[]): void {
    for (const { name, values, worse } of signals) {
      const call = callValues(values);
      if (!call) continue;
      const watched = this.#signals.get(name) ?? { canary: [], production: [], worse };
      this.#signals.set(name, watched);
      push(watched[side], call);
    }
  }

  /** Why the canary should be rolled back; undefined: nothing speaks against it. */
  verdict(): string | undefined {
    if (this.#policy?.disabled) return undefined;
    const least = this.#policy?.minRequests || DEFAULTS.minRequests;
    return this.#byErrors(least) ?? this.#byLatency(least) ?? this.#byDisagreement(least) ?? this.#byDrift(Math.max(least, LEAST_FOR_DRIFT));
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

  #byDrift(least: number): string | undefined {
    const most = this.#policy?.maxDrift ?? DEFAULTS.maxDrift;
    if (most === 0) return undefined;
    for (const [name, { canary, production, worse }] of this.#signals) {
      if (canary.length < least || production.length < least) continue;
      const shift = shiftOf(canary, production);
      const direction = worse === 'either' ? Math.sign(shift.t) : worse === 'lower' ? -1 : 1;
      if (shift.t * direction < CERTAIN || shift.deviations * direction < most) continue;
      return `its mean ${name} is ${rounded(shift.canary)}, production's ${rounded(shift.production)}, over ${count(canary.length)} and ${count(production.length)} calls`;
    }
    return undefined;
  }
}
