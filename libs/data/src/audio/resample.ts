/** Zero crossings of the sinc on each side, and Kaiser's window: the stop band is 80 dB down. */
const CROSSINGS = 32;
const BETA = 8;
/** Of the lower Nyquist frequency: the rest is the filter's slope. */
const PASS = 0.94;

/**
 * Another sampling rate, by a windowed sinc, one filter for each phase.
 * Source: Oppenheim and Schafer, "Discrete-Time Signal Processing", 4.6; Kaiser's window: 7.5.3.
 *
 * @returns ceil(samples * to / from) samples.
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const common = greatestCommonDivisor(from, to);
  const [up, down] = [to / common, from / common];
  // Cut-off in cycles a sample of the source, times two.
  const cut = PASS * Math.min(1, to / from);
  const reach = Math.ceil(CROSSINGS / cut);
  const filters = filtersOf(up, down);
  const out = new Float32Array(Math.ceil((samples.length * up) / down));
  for (let i = 0; i < out.length; i++) {
    const [base, phase] = [Math.floor((i * down) / up), (i * down) % up];
    let filter = filters.get(phase);
    if (!filter) filters.set(phase, (filter = filterOf(phase / up, cut, reach)));
    let sum = 0;
    for (let k = Math.max(-reach, -base); k <= Math.min(reach, samples.length - 1 - base); k++) sum += samples[base + k]! * filter[k + reach]!;
    out[i] = sum;
  }
  return out;
}

/** Filters by phase; those of the rates last asked for are kept. */
const KNOWN = new Map<string, Map<number, Float64Array>>();
const MOST_KNOWN = 16;

function filtersOf(up: number, down: number): Map<number, Float64Array> {
  const key = `${up}/${down}`;
  const filters = KNOWN.get(key) ?? new Map<number, Float64Array>();
  KNOWN.delete(key);
  KNOWN.set(key, filters);
  if (KNOWN.size > MOST_KNOWN) KNOWN.delete(KNOWN.keys().next().value!);
  return filters;
}

/** Weights of the source's samples -reach..reach around the one before a place that is `fraction` after it; their sum is 1. */
function filterOf(fraction: number, cut: number, reach: number): Float64Array {
  const weights = new Float64Array(2 * reach + 1);
  for (let k = -reach; k <= reach; k++) {
    const distance = k - fraction;
    const inside = 1 - (distance / (reach + 1)) ** 2;
    weights[k + reach] = (cut * sinc(cut * distance) * besselI0(BETA * Math.sqrt(Math.max(0, inside)))) / besselI0(BETA);
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** The modified Bessel function of order 0, by its power series. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
