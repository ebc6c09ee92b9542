/** Values of a signal in one call. Calls are taken to be independent of each other; the examples within one needn't be. */
export interface CallValues {
  mean: number;
  /** Of the call's values about their mean. */
  variance: number;
}

/** undefined if no value is finite. */
export function callValues(values: readonly number[]): CallValues | undefined {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return undefined;
  const mean = meanOf(finite);
  return { mean, variance: meanOf(finite.map((value) => (value - mean) ** 2)) };
}

/** How far a canary's calls are from production's. */
export interface Shift {
  /** Means of the calls' means. */
  canary: number;
  production: number;
  /** The difference in standard deviations of the values; above 0: the canary's are larger. */
  deviations: number;
  /** The difference in standard errors. */
  t: number;
}

/** A difference is measured by at least this share of the larger mean: calls that all bring the same input have no deviation of their own. */
const LEAST_DEVIATION = 0.2;

/** Compares the means of two sides, two calls each or more. Each call counts alike, however many examples it has. */
export function shiftOf(canary: readonly CallValues[], production: readonly CallValues[]): Shift {
  const [own, usual] = [spread(canary), spread(production)];
  const difference = own.mean - usual.mean;
  const deviation = Math.max(Math.sqrt((own.ofValues + usual.ofValues) / 2), LEAST_DEVIATION * Math.max(Math.abs(own.mean), Math.abs(usual.mean)));
  const over = (by: number): number => (difference === 0 ? 0 : difference / by);
  return { canary: own.mean, production: usual.mean, deviations: over(deviation), t: over(standardError(own, usual)) };
}

interface Spread {
  calls: number;
  mean: number;
  /** Of the values about the mean. */
  ofValues: number;
  /** Of the calls' means, unbiased. */
  ofCalls: number;
}

/** In plain loops: it is asked with every call of a model that has a canary. */
function spread(calls: readonly CallValues[]): Spread {
  let [mean, between, within] = [0, 0, 0];
  for (const call of calls) mean += call.mean / calls.length;
  for (const call of calls) {
    between += (call.mean - mean) ** 2 / calls.length;
    within += call.variance / calls.length;
  }
  return { calls: calls.length, mean, ofValues: between + within, ofCalls: (between * calls.length) / (calls.length - 1) };
}

/** Welch's, but not less than Student's: the few calls of a canary may all miss what is rare, and would then seem exact. */
function standardError(a: Spread, b: Spread): number {
  const welch = a.ofCalls / a.calls + b.ofCalls / b.calls;
  const pooled = ((a.calls - 1) * a.ofCalls + (b.calls - 1) * b.ofCalls) / (a.calls + b.calls - 2);
  return Math.sqrt(Math.max(welch, pooled * (1 / a.calls + 1 / b.calls)));
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
