import type { Records } from '@quartet/data';
import { END, type Tokenizer } from '../text/tokenizer';
import type { Bucket } from './plan';

/** A pair in tokens; the target with its end token. */
export interface Pair {
  source: Int32Array;
  target: Int32Array;
}

export interface TokenizedPairs {
  pairs: Pair[];
  /** How many have a source, or a target, that is longer than the limit and was cut. */
  cut: number;
}

/** A part's pairs in tokens. @param limits Longer texts are cut; a target that was cut has no end token, which would teach to stop short. */
export function tokenizePairs(records: Records, source: Pick<Tokenizer, 'encode'>, target: Pick<Tokenizer, 'encode'>, limits: Bucket): TokenizedPairs {
  let cut = 0;
  const pairs = Array.from({ length: records.count }, (_, row): Pair => {
    const [from, to] = [source.encode(records.text(row, 'source')), [...target.encode(records.text(row, 'target')), END]];
    if (from.length > limits.source || to.length > limits.target) cut++;
    return { source: from.slice(0, limits.source), target: Int32Array.from(to.slice(0, limits.target)) };
  });
  // A source without any token says nothing.
  return { pairs: pairs.filter(({ source: tokens }) => tokens.length > 0), cut };
}

/** Shares of the pairs that the lengths are chosen for: each bucket more is a graph more. */
const SHARES = [0.5, 0.8, 0.95, 1];
/** Batches that a bucket must be worth. */
const LEAST_BATCHES = 4;

/**
 * Lengths to pad to, for little padding and few graphs. @returns Ascending in both; the last one holds the longest source and the longest
 * target.
 */
export function bucketsFor(pairs: readonly Pair[], batchSize: number): Bucket[] {
  const sorted = (of: keyof Pair): number[] => pairs.map((pair) => pair[of].length).sort((a, b) => a - b);
  const [sources, targets] = [sorted('source'), sorted('target')];
  const at = (lengths: number[], share: number): number => lengths[Math.ceil(share * lengths.length) - 1]!;
  const candidates = SHARES.map((share) => ({ source: at(sources, share), target: at(targets, share) }));
  const last = candidates.pop()!;
  const kept: Bucket[] = [];
  let smaller = 0;
  for (const bucket of candidates) {
    const fitting = pairs.filter((pair) => fits(pair, bucket)).length;
    const distinct = bucket.source < last.source && bucket.target < last.target;
    if (!distinct || fitting - smaller < LEAST_BATCHES * batchSize) continue;
    kept.push(bucket);
    smaller = fitting;
  }
  return [...kept, last];
}

export const fits = ({ source, target }: Pair, bucket: Bucket): boolean => source.length <= bucket.source && target.length <= bucket.target;

/** Rows of `pairs` by the first bucket that they fit into. */
export function byBucket(pairs: readonly Pair[], buckets: readonly Bucket[]): Uint32Array[] {
  const rows = buckets.map((): number[] => []);
  pairs.forEach((pair, row) => rows[buckets.findIndex((bucket) => fits(pair, bucket))]!.push(row));
  return rows.map((each) => Uint32Array.from(each));
}
