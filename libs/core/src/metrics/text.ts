import { CoreError } from '../errors';

/** A translation and what it may as well be. */
export interface TranslationPair {
  hypothesis: string;
  /** One or more. */
  references: readonly string[];
}

export interface BleuReport {
  /** 0 to 100. */
  score: number;
  /** Of n-grams of 1 to 4 tokens, 0 to 100. */
  precisions: number[];
  brevityPenalty: number;
}

const BLEU_ORDER = 4;
const CHRF_ORDER = 6;
const CHRF_BETA = 2;

/**
 * BLEU of a corpus (Papineni et al., 2002), as sacreBLEU computes it with its tokenizer 13a and exponential smoothing (Post, 2018).
 *
 * @param tokenize Default: tokenize13a.
 */
export function bleu(pairs: readonly TranslationPair[], tokenize: (text: string) => string[] = tokenize13a): BleuReport {
  check(pairs);
  const matches = new Array<number>(BLEU_ORDER).fill(0);
  const totals = new Array<number>(BLEU_ORDER).fill(0);
  let [length, referenceLength] = [0, 0];
  for (const { hypothesis, references } of pairs) {
    const tokens = tokenize(hypothesis);
    const wanted = references.map(tokenize);
    length += tokens.length;
    referenceLength += closest(wanted.map((reference) => reference.length), tokens.length);
    for (let n = 1; n <= BLEU_ORDER; n += 1) {
      const grams = nGrams(tokens, n);
      const allowed = wanted.map((reference) => nGrams(reference, n));
      for (const [gram, times] of grams) matches[n - 1]! += Math.min(times, Math.max(...allowed.map((reference) => reference.get(gram) ?? 0)));
      totals[n - 1]! += Math.max(tokens.length - n + 1, 0);
    }
  }
  const brevityPenalty = length === 0 ? 0 : Math.min(1, Math.exp(1 - referenceLength / length));
  let smoothing = 1;
  const precisions = matches.map((matching, index) => {
    const total = totals[index] as number;
    if (total === 0) return 0;
    // Each order without a match counts as half as much as the one before.
    return matching > 0 ? (100 * matching) / total : 100 / ((smoothing *= 2) * total);
  });
  // Where nothing at all matches, smoothing has nothing to build on.
  const usable = matches.some((matching) => matching > 0) && precisions.every((precision) => precision > 0);
  const score = usable ? brevityPenalty * Math.exp(precisions.reduce((sum, precision) => sum + Math.log(precision), 0) / BLEU_ORDER) : 0;
  return { score, precisions, brevityPenalty };
}

/**
 * chrF2 of a corpus, 0 to 100 (Popovic, 2015): F-score of character n-grams of 1 to 6, recall weighing twice as much as precision,
 * whitespace left out; of several references the best. As sacreBLEU's.
 */
export function chrf(pairs: readonly TranslationPair[]): number {
  check(pairs);
  const sums = emptyCounts();
  for (const { hypothesis, references } of pairs) {
    const counted = references.map((reference) => chrfCounts(hypothesis, reference));
    const best = counted.reduce((a, b) => (chrfScore(b) > chrfScore(a) ? b : a));
    best.forEach((each, index) => each.forEach((value, which) => (sums[index]![which]! += value)));
  }
  return chrfScore(sums);
}

/** mteval's tokenizer 13a: punctuation apart, but not within numbers. */
export function tokenize13a(text: string): string[] {
  const unescaped = text.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  const plain = unescaped.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  const apart = ` ${plain} `
    .replace(/([{-~[-` -&(-+:-@/])/g, ' $1 ')
    .replace(/([^0-9])([.,])/g, '$1 $2 ')
    .replace(/([.,])([^0-9])/g, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
  return apart.split(/\s+/u).filter((token) => token.length > 0);
}

/** Of each order: n-grams of the hypothesis, of the reference, and in both. */
type Counts = [hypothesis: number, reference: number, both: number][];

const emptyCounts = (): Counts => Array.from({ length: CHRF_ORDER }, () => [0, 0, 0]);

function chrfCounts(hypothesis: string, reference: string): Counts {
  const [a, b] = [hypothesis, reference].map((text) => [...text.replace(/\s+/gu, '')]) as [string[], string[]];
  return emptyCounts().map((_, index) => {
    const n = index + 1;
    const allowed = nGrams(b, n);
    let both = 0;
    for (const [gram, times] of nGrams(a, n)) both += Math.min(times, allowed.get(gram) ?? 0);
    // What a reference is too short for can't be found in it.
    return [allowed.size > 0 ? Math.max(a.length - n + 1, 0) : 0, Math.max(b.length - n + 1, 0), both];
  });
}

/** Precision and recall are means over those orders that both sides have. */
function chrfScore(counts: Counts): number {
  const usable = counts.filter(([hypothesis, reference]) => hypothesis > 0 && reference > 0);
  if (usable.length === 0) return 0;
  const mean = (of: (counts: Counts[number]) => number): number => usable.reduce((sum, each) => sum + of(each), 0) / usable.length;
  const precision = mean(([hypothesis, , both]) => both / hypothesis);
  const recall = mean(([, reference, both]) => both / reference);
  const weight = CHRF_BETA ** 2;
  return precision + recall === 0 ? 0 : (100 * (1 + weight) * precision * recall) / (weight * precision + recall);
}

function nGrams(tokens: readonly string[], n: number): Map<string, number> {
  const grams = new Map<string, number>();
  for (let start = 0; start + n <= tokens.length; start += 1) {
    const gram = tokens.slice(start, start + n).join('\u0000');
    grams.set(gram, (grams.get(gram) ?? 0) + 1);
  }
  return grams;
}

/** The length next to the wanted one; of two that are equally near the shorter. */
function closest(lengths: readonly number[], wanted: number): number {
  return lengths.reduce((best, each) => {
    const [a, b] = [Math.abs(each - wanted), Math.abs(best - wanted)];
    return a < b || (a === b && each < best) ? each : best;
  });
}

function check(pairs: readonly TranslationPair[]): void {
  if (pairs.length === 0) throw new CoreError('EMPTY_BATCH', 'received no translation, expected one or more');
  const bare = pairs.findIndex(({ references }) => references.length === 0);
  if (bare >= 0) throw CoreError.invalid(`pairs[${bare}].references`, 'received none, expected one or more');
}
