/** Sequences are padded to one of so many lengths at most: for each TensorFlow has a graph of its own. */
const MOST = 3;
/** Another length has to spare so large a share of all steps. */
const WORTH = 0.1;
/** Lengths are rounded up to a multiple of this. */
const GRAIN = 8;

/**
 * The lengths to pad to, ascending, the last one fit for all: those that spare the most steps of padding.
 * @param lengths Of all sequences, in steps; at least one.
 */
export function bucketsFor(lengths: ArrayLike<number>): number[] {
  const rounded = Array.from(lengths, (length) => Math.ceil(length / GRAIN) * GRAIN).sort((a, b) => a - b);
  let chosen = [rounded.at(-1)!];
  const candidates = [...new Set(rounded)];
  while (chosen.length < MOST) {
    const now = padded(rounded, chosen);
    const [best, steps] = candidates
      .map((length): [number[], number] => {
        const more = [...new Set([...chosen, length])].sort((a, b) => a - b);
        return [more, padded(rounded, more)];
      })
      .reduce((least, each) => (each[1] < least[1] ? each : least));
    if (now - steps < WORTH * now) break;
    chosen = best;
  }
  return chosen;
}

/** Steps of all sequences with their padding. @param sorted Ascending. */
function padded(sorted: readonly number[], buckets: readonly number[]): number {
  let bucket = 0;
  return sorted.reduce((sum, length) => {
    while (length > buckets[bucket]!) bucket += 1;
    return sum + buckets[bucket]!;
  }, 0);
}

/** The first bucket that a sequence fits; undefined: none. */
export const bucketOf = (steps: number, buckets: readonly number[]): number | undefined => buckets.find((bucket) => steps <= bucket);
