/** Lengths are multiples of this. */
const UNIT = 8;
/** Each length is a graph of its own, which is recorded, exported and loaded: two are worth it from here on, three from there. */
const [TWO, THREE] = [48, 160];

/**
 * Lengths to pad sequences to: the longest, and one or two below it with which the fewest steps are padding.
 *
 * @param counts Steps of each sequence of the training part. @param most Longer ones are cut.
 * @returns Ascending.
 */
export function chooseLengths(counts: readonly number[], most: number): number[] {
  const cut = counts.map((count) => Math.min(Math.max(count, 1), most));
  const longest = Math.min(most, Math.ceil(cut.reduce((a, b) => Math.max(a, b), 1) / UNIT) * UNIT);
  /** Sequences of up to so many units. */
  const upTo = new Array<number>(Math.ceil(longest / UNIT) + 1).fill(0);
  for (const count of cut) upTo[Math.ceil(count / UNIT)]! += 1;
  for (let unit = 1; unit < upTo.length; unit++) upTo[unit]! += upTo[unit - 1]!;
  const shorter = Array.from({ length: Math.ceil(longest / UNIT) - 1 }, (_, index) => index + 1);
  const options: number[][] = longest >= THREE ? shorter.flatMap((a) => shorter.filter((b) => b > a).map((b) => [a, b])) : longest >= TWO ? shorter.map((a) => [a]) : [];
  let best = { steps: longest * cut.length, lengths: [] as number[] };
  for (const lengths of options) {
    let [steps, before] = [0, 0];
    for (const length of lengths) {
      steps += (upTo[length]! - before) * length * UNIT;
      before = upTo[length]!;
    }
    steps += (cut.length - before) * longest;
    if (steps < best.steps) best = { steps, lengths };
  }
  return [...best.lengths.map((length) => length * UNIT), longest];
}
