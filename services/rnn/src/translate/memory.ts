import { END, START, type Tokenizer } from '../text/tokenizer';

/** A source and its translation. */
export type TextPair = readonly [source: string, target: string];

/** The file of a version's artefact that holds the pairs. */
export const MEMORY_FILE = 'memory.json';
/** Pairs that are remembered, the first of a training part: their n-grams take kilobytes a pair, and each source is compared with all of them. */
export const MOST_REMEMBERED = 10_000;

/** Characters of the n-grams that texts are compared by, as chrF compares them. */
const LONGEST = 6;

/** What is recalled in training. */
export interface Recalling {
  other?: boolean;
  skip?: number;
}

/** What of it contains an n-gram, and how often. */
interface Posting {
  rows: number[];
  counts: number[];
}

/**
 * Translations that are known, found by the similarity of their sources: the cosine of the counts of all character n-grams of 1 to 6, which takes no
 * training and knows no language.
 */
export class TranslationMemory {
  readonly #postings = new Map<string, Posting>();
  readonly #norms: Float64Array;

  constructor(readonly pairs: readonly TextPair[]) {
    this.#norms = Float64Array.from(pairs, ([source], row) => {
      const counts = nGrams(source);
      for (const [gram, count] of counts) {
        const posting = this.#postings.get(gram) ?? { rows: [], counts: [] };
        posting.rows.push(row);
        posting.counts.push(count);
        this.#postings.set(gram, posting);
      }
      return normOf(counts);
    });
  }

  /**
   * Different translations of the most similar sources, the most similar first; of equally similar ones the first.
   * @param other Whether not of this very source. @param skip So many are left out.
   */
  recall(source: string, count: number, { other = false, skip = 0 }: Recalling = {}): string[] {
    const similarity = this.#similarity(source);
    if (other) this.pairs.forEach(([known], row) => known === source && (similarity[row] = 0));
    const found = new Set<string>();
    // Few are wanted: looking through all for each is faster than sorting them.
    while (found.size < skip + count) {
      const best = similarity.reduce((leading, value, row) => (value > similarity[leading]! ? row : leading), 0);
      if (!(similarity[best]! > 0)) break;
      found.add(this.pairs[best]![1]);
      similarity[best] = 0;
    }
    return [...found].slice(skip);
  }

  #similarity(source: string): Float64Array {
    const counts = nGrams(source);
    const products = new Float64Array(this.pairs.length);
    for (const [gram, count] of counts) {
      const posting = this.#postings.get(gram);
      posting?.rows.forEach((row, at) => (products[row]! += count * posting.counts[at]!));
    }
    const norm = normOf(counts);
    return products.map((product, row) => (product === 0 ? 0 : product / (norm * this.#norms[row]!)));
  }
}

function nGrams(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let n = 1; n <= LONGEST; n++) {
    for (let at = 0; at + n <= text.length; at++) {
      const gram = text.slice(at, at + n);
      counts.set(gram, (counts.get(gram) ?? 0) + 1);
    }
  }
  return counts;
}

const normOf = (counts: ReadonlyMap<string, number>): number => Math.hypot(...counts.values());

/**
 * Reads sources with what is known of similar ones: their translations follow, each between a start and an end token, so that a decoder that
 * begins finds where to begin, and can copy an end.
 *
 * @param tokenizer Of both languages. @param count Translations, at most. @param most Tokens of the whole: what is known is cut to fit.
 * @param training See TranslationMemory.recall.
 */
export function recalling(tokenizer: Tokenizer, memory: TranslationMemory, { count, most, ...training }: { count: number; most: number } & Recalling): Pick<Tokenizer, 'encode'> {
  return {
    encode(source) {
      const own = tokenizer.encode(source);
      const known = knownOf(tokenizer, memory, source, count, training).slice(0, Math.max(0, most - own.length));
      return Int32Array.from([...own, ...known]);
    },
  };
}

/** The tokens that stand after a source. */
export const knownOf = (tokenizer: Tokenizer, memory: TranslationMemory, source: string, count: number, training: Recalling = {}): number[] =>
  memory.recall(source, count, training).flatMap((target) => [START, ...tokenizer.encode(target), END]);
