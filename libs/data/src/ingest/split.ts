import { Philox, Purpose, shuffle } from '../random/philox';
import { countClasses } from './labels';

/** Rows of a part: which stay and which are set aside, each in their stored order. */
export interface Split {
  kept: Uint32Array;
  aside: Uint32Array;
}

/**
 * Sets a share of rows aside, stratified: each class gives its share, rounded so that the whole comes out at
 * round(share * n) as nearly as can be, and keeps at least one row. Which rows is drawn from the seed.
 *
 * @param rows Rows of `labels` to split, ascending.
 * @param stream Tells splits under one seed apart.
 */
export function stratifiedSplit(labels: Int32Array, rows: Uint32Array, classes: number, share: number, seed: bigint | number, stream: number): Split {
  const chosen = labelsOf(labels, rows);
  const takes = quotas(countClasses(chosen, classes), share);
  const order = Uint32Array.from(rows.keys());
  shuffle(order, new Philox(seed, Purpose.split).seek(stream, 0));
  const isAside = new Uint8Array(rows.length);
  for (const at of order) {
    if (takes[chosen[at]!]! > 0) {
      takes[chosen[at]!]!--;
      isAside[at] = 1;
    }
  }
  return { kept: rows.filter((_, at) => isAside[at] === 0), aside: rows.filter((_, at) => isAside[at] === 1) };
}

/**
 * Splits whole groups of rows, such as the alternative translations of one text: each is represented by its first row.
 * @param groups Of each row; unset: each row is a group of its own. @param rows Ascending. @param split Of the representatives.
 */
export function splitGroups(groups: Int32Array | undefined, rows: Uint32Array, split: (representatives: Uint32Array) => Split): Split {
  if (!groups) return split(rows);
  const seen = new Set<number>();
  const aside = new Set<number>();
  const first = rows.filter((row) => !seen.has(groups[row]!) && seen.add(groups[row]!));
  for (const row of split(first).aside) aside.add(groups[row]!);
  return { kept: rows.filter((row) => !aside.has(groups[row]!)), aside: rows.filter((row) => aside.has(groups[row]!)) };
}

const labelsOf = (labels: Int32Array, rows: Uint32Array): Int32Array => Int32Array.from(rows, (row) => labels[row]!);

/** How many of each class are taken: the largest-remainder method (Hamilton's), never all of a class. */
function quotas(counts: readonly number[], share: number): number[] {
  const exact = counts.map((count) => count * share);
  const takes = exact.map((quota, label) => Math.max(0, Math.min(Math.floor(quota), counts[label]! - 1)));
  const total = Math.round(share * counts.reduce((sum, count) => sum + count, 0));
  let open = total - takes.reduce((sum, take) => sum + take, 0);
  const byRemainder = [...counts.keys()].sort((a, b) => exact[b]! - Math.floor(exact[b]!) - (exact[a]! - Math.floor(exact[a]!)) || a - b);
  for (const label of byRemainder) {
    if (open <= 0) break;
    if (takes[label]! >= counts[label]! - 1 || takes[label]! > exact[label]!) continue;
    takes[label]!++;
    open--;
  }
  return takes;
}
