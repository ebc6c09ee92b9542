import type { ModelStatistics } from '../generated/inference/grpc_service_pb';

/** What one version did between two looks, a sum over all its replicas that were asked. */
export interface Rate {
  /** Requests a second. */
  requests: number;
  /** Mean milliseconds of a request, of its time in the queue, and of the computation; undefined: there was none. */
  totalMs: number | undefined;
  queueMs: number | undefined;
  computeMs: number | undefined;
  failures: number;
}

interface Look {
  at: number;
  statistics: Map<string, ModelStatistics>;
}

const keyOf = (name: string, version: string): string => `${name}@${version}`;

const meanMs = (now: { count: bigint; ns: bigint } | undefined, before: { count: bigint; ns: bigint } | undefined): number | undefined => {
  const count = Number((now?.count ?? 0n) - (before?.count ?? 0n));
  return count > 0 ? Number((now?.ns ?? 0n) - (before?.ns ?? 0n)) / count / 1e6 : undefined;
};

const requestsOf = (of: ModelStatistics | undefined): number => Number(of?.inferenceStats?.success?.count ?? 0n) + Number(of?.inferenceStats?.fail?.count ?? 0n);

/** Turns the counters of Open Inference's ModelStatistics into rates. */
export class Rates {
  #last: Look | undefined;

  /** @param now milliseconds */
  look(statistics: readonly ModelStatistics[], now: number): Map<string, Rate> {
    const next: Look = { at: now, statistics: new Map(statistics.map((of) => [keyOf(of.name, of.version), of])) };
    const last = this.#last;
    this.#last = next;
    const rates = new Map<string, Rate>();
    for (const [key, of] of next.statistics) {
      const found = last?.statistics.get(key);
      // Counters that fell are those of a process that began anew.
      const before = requestsOf(found) > requestsOf(of) ? undefined : found;
      const seconds = last ? (now - last.at) / 1000 : Infinity;
      const [stats, old] = [of.inferenceStats, before?.inferenceStats];
      rates.set(key, {
        requests: last ? (requestsOf(of) - requestsOf(before)) / seconds : 0,
        totalMs: meanMs(stats?.success, old?.success) ?? meanMs(stats?.success, undefined),
        queueMs: meanMs(stats?.queue, old?.queue) ?? meanMs(stats?.queue, undefined),
        computeMs: meanMs(stats?.computeInfer, old?.computeInfer) ?? meanMs(stats?.computeInfer, undefined),
        failures: Number(stats?.fail?.count ?? 0n),
      });
    }
    return rates;
  }
}

export const rateOf = (rates: Map<string, Rate>, name: string, version: bigint): Rate | undefined => rates.get(keyOf(name, String(version)));
