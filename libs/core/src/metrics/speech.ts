import { CoreError } from '../errors';

/** How one sequence becomes another with the fewest edits (Levenshtein, 1966). */
export interface Edits {
  substitutions: number;
  insertions: number;
  deletions: number;
}

/** Edits that make the hypothesis of the reference; where several sets are smallest, the one with most substitutions. */
export function edits<T>(reference: readonly T[], hypothesis: readonly T[]): Edits {
  const [n, m] = [reference.length, hypothesis.length];
  const width = m + 1;
  const cost = new Int32Array((n + 1) * width);
  for (let i = 0; i <= n; i += 1) {
    for (let j = 0; j <= m; j += 1) {
      const at = i * width + j;
      if (i === 0 || j === 0) cost[at] = i + j;
      else {
        const replaced = (cost[at - width - 1] as number) + (reference[i - 1] === hypothesis[j - 1] ? 0 : 1);
        cost[at] = Math.min(replaced, (cost[at - width] as number) + 1, (cost[at - 1] as number) + 1);
      }
    }
  }
  const result = { substitutions: 0, insertions: 0, deletions: 0 };
  for (let [i, j] = [n, m]; i > 0 || j > 0; ) {
    const at = i * width + j;
    const differ = i > 0 && j > 0 && reference[i - 1] !== hypothesis[j - 1] ? 1 : 0;
    if (i > 0 && j > 0 && cost[at] === (cost[at - width - 1] as number) + differ) {
      result.substitutions += differ;
      i -= 1;
      j -= 1;
    } else if (i > 0 && cost[at] === (cost[at - width] as number) + 1) {
      result.deletions += 1;
      i -= 1;
    } else {
      result.insertions += 1;
      j -= 1;
    }
  }
  return result;
}

export interface ErrorRateReport extends Edits {
  /** Sequences, and how many of them are right in full. */
  sequences: number;
  correct: number;
  /** Tokens of the references. */
  tokens: number;
  /** Edits for each token of the references; above 1 where much is inserted. */
  rate: number;
  /** Share of the sequences that aren't right in full. */
  sequenceErrorRate: number;
}

/**
 * Error rate over many sequences, of whatever their tokens are: words (WER), phonemes (PER), characters (CER). Edits and tokens are added
 * up over all before they are divided.
 */
export class ErrorRate {
  private readonly sums = { sequences: 0, correct: 0, tokens: 0, substitutions: 0, insertions: 0, deletions: 0 };

  /** @param references One, or several that are equally right: the one that needs the fewest edits counts. */
  add<T>(references: readonly (readonly T[])[], hypothesis: readonly T[]): void {
    const all = references.map((reference) => ({ tokens: reference.length, ...edits(reference, hypothesis) }));
    const [first] = all;
    if (!first) throw CoreError.invalid('references', 'received none, expected one or more');
    const best = all.reduce((least, each) => (count(each) < count(least) ? each : least), first);
    for (const name of ['tokens', 'substitutions', 'insertions', 'deletions'] as const) this.sums[name] += best[name];
    this.sums.sequences += 1;
    if (count(best) === 0) this.sums.correct += 1;
  }

  /** @throws CoreError EMPTY_BATCH when the references have no token. */
  report(): ErrorRateReport {
    const { tokens, sequences, correct } = this.sums;
    if (tokens === 0) throw new CoreError('EMPTY_BATCH', 'received no token to compare with, expected references with at least one');
    return { ...this.sums, rate: count(this.sums) / tokens, sequenceErrorRate: 1 - correct / sequences };
  }
}

/** Error rate of words, which whitespace separates. */
export const wordErrorRate = (reference: string, hypothesis: string): number => rateOf(wordsOf(reference), wordsOf(hypothesis));

/** Error rate of characters: Unicode code points, spaces included. */
export const characterErrorRate = (reference: string, hypothesis: string): number => rateOf([...reference], [...hypothesis]);

function rateOf(reference: readonly string[], hypothesis: readonly string[]): number {
  const rate = new ErrorRate();
  rate.add([reference], hypothesis);
  return rate.report().rate;
}

const count = ({ substitutions, insertions, deletions }: Edits): number => substitutions + insertions + deletions;
const wordsOf = (text: string): string[] => text.split(/\s+/u).filter((word) => word.length > 0);
