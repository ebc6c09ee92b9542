import { CoreError } from '../errors';
import type { HostTensor } from '../tensor/host-tensor';

export interface BeamStep {
  /** [rows, tokens], row-major: ln of the probability of each next token. */
  logProbabilities: ArrayLike<number>;
  /** [rows, source]: what each row looked at. */
  attention?: ArrayLike<number>;
}

export interface BeamSearchOptions {
  /** Sources that are decoded side by side. */
  examples: number;
  /** Size of the target's vocabulary. */
  tokens: number;
  start: number;
  end: number;
  /** Tokens of a result at most, the end token included. */
  maxLength: number;
  /** Hypotheses that are kept of each source; 1 is greedy decoding. Default 4. */
  width?: number;
  /** Exponent of the length penalty, ((5 + length) / 6) ^ alpha (Wu et al., 2016): 0 favours short results. Default 0.6. */
  lengthPenalty?: number;
  /** Results that are wanted of each source, at most `width`. Default 1. */
  count?: number;
  /**
   * One step of the decoder for all rows: example by example, `width` each.
   *
   * @param tokens [rows]: what the step is given. @param parents [rows]: which rows of the last step they continue; see gatherRows.
   */
  step(tokens: Int32Array, parents: Int32Array): BeamStep;
}

export interface Hypothesis {
  /** Without start and end. */
  tokens: number[];
  logProbability: number;
  /** By which results are ranked: logProbability over the length penalty. */
  score: number;
  /** False where `maxLength` came before the end token. */
  ended: boolean;
  /** What each token, and then the end token, looked at; where the steps tell. */
  attention: Float32Array[];
}

/** A hypothesis that isn't at its end, as a chain of its tokens. */
interface Row {
  token: number;
  logProbability: number;
  before: Row | undefined;
  attention: Float32Array | undefined;
}

/** The most probable results of a decoder, those kept that lead at each step. @returns For each example the best first. */
export function beamSearch(options: BeamSearchOptions): Hypothesis[][] {
  const { examples, tokens, start, maxLength, width = 4, count = 1 } = options;
  if (!Number.isInteger(width) || width < 1) throw CoreError.invalid('width', `received ${width}, expected a whole number of at least 1`);
  if (!(count >= 1 && count <= width)) throw CoreError.invalid('count', `received ${count}, expected 1 to the width of ${width}`);
  const searches = Array.from({ length: examples }, () => new Search(options, width, count));
  let parents = Int32Array.from({ length: examples * width }, (_, row) => row);
  for (let length = 1; length <= maxLength && searches.some((search) => !search.done); length += 1) {
    const given = Int32Array.from(searches.flatMap((search) => search.rows.map((row) => row?.token ?? start)));
    const { logProbabilities, attention } = options.step(given, parents);
    if (logProbabilities.length !== given.length * tokens) {
      throw new CoreError('SHAPE_MISMATCH', `received ${logProbabilities.length} probabilities of a step, expected ${given.length * tokens} for ${given.length} rows of ${tokens} tokens`);
    }
    const source = attention ? attention.length / given.length : 0;
    parents = Int32Array.from(
      searches.flatMap((search, index) => {
        const first = index * width;
        const seen = attention && ((row: number): Float32Array => sliceOf(attention, (first + row) * source, source));
        return search.advance(logProbabilities, first, length, seen).map((row) => first + row);
      }),
    );
  }
  return searches.map((search) => search.results());
}

/** Rows of a tensor [rows, ...], picked by their numbers: for the states of hypotheses whose parents are those. */
export function gatherRows({ dtype, shape, data }: HostTensor, rows: ArrayLike<number>): HostTensor {
  const width = data.length / (shape[0] as number);
  const result = new (data.constructor as new (length: number) => typeof data)(rows.length * width);
  for (let row = 0; row < rows.length; row += 1) {
    const from = (rows[row] as number) * width;
    result.set(data.subarray(from, from + width), row * width);
  }
  return { dtype, shape: [rows.length, ...shape.slice(1)], data: result };
}

/** The search for one source. */
class Search {
  /** `width` of them; undefined for those that nothing is kept of. */
  rows: (Row | undefined)[];
  done = false;
  private readonly ended: Hypothesis[] = [];

  constructor(
    private readonly options: BeamSearchOptions,
    private readonly width: number,
    private readonly count: number,
  ) {
    // All begin alike: one of them is enough at first.
    this.rows = Array.from({ length: width }, (_, index) => (index === 0 ? { token: options.start, logProbability: 0, before: undefined, attention: undefined } : undefined));
  }

  /** @returns For each new row the one, within the search, that it continues. */
  advance(logProbabilities: ArrayLike<number>, first: number, length: number, seen: ((row: number) => Float32Array) | undefined): number[] {
    const stay = this.rows.map((_, index) => index);
    if (this.done) return stay;
    const { tokens, end } = this.options;
    const next: { row: Row; parent: number }[] = [];
    this.candidates(logProbabilities, first, tokens).forEach(({ parent, token, logProbability }, rank) => {
      const row = { token, logProbability, before: this.rows[parent], attention: seen?.(parent) };
      if (token !== end) next.push({ row, parent });
      else if (rank < this.width) this.ended.push(this.hypothesis(row, length, true));
    });
    this.rows = stay.map((index) => next[index]?.row);
    this.finish(length);
    return stay.map((index) => next[index]?.parent ?? index);
  }

  results(): Hypothesis[] {
    const open = this.rows.flatMap((row) => (row?.before && !this.done ? [this.hypothesis(row, this.options.maxLength, false)] : []));
    return [...this.ended, ...open].sort((a, b) => b.score - a.score).slice(0, this.count);
  }

  /** Twice as many as are kept: half of them may be ends. */
  private candidates(logProbabilities: ArrayLike<number>, first: number, tokens: number): { parent: number; token: number; logProbability: number }[] {
    const wanted = 2 * this.width;
    const best: { parent: number; token: number; logProbability: number }[] = [];
    this.rows.forEach((row, parent) => {
      if (!row) return;
      for (let token = 0; token < tokens; token += 1) {
        const logProbability = row.logProbability + (logProbabilities[(first + parent) * tokens + token] as number);
        if (best.length === wanted && !(logProbability > (best[wanted - 1]?.logProbability as number))) continue;
        if (!(logProbability > -Infinity)) continue;
        let at = best.length;
        while (at > 0 && (best[at - 1]?.logProbability as number) < logProbability) at -= 1;
        best.splice(at, 0, { parent, token, logProbability });
        if (best.length > wanted) best.pop();
      }
    });
    return best;
  }

  /** Done when nothing that goes on can still get among the results: probabilities only fall, penalties only grow. */
  private finish(length: number): void {
    const leading = Math.max(...this.rows.map((row) => row?.logProbability ?? -Infinity));
    const attainable = Math.max(this.score(leading, this.options.maxLength), this.score(leading, length));
    const scores = this.ended.map(({ score }) => score).sort((a, b) => b - a);
    this.done = leading === -Infinity || (scores[this.count - 1] ?? -Infinity) >= attainable;
  }

  private hypothesis(row: Row, length: number, ended: boolean): Hypothesis {
    const tokens: number[] = [];
    const attention: Float32Array[] = [];
    for (let at: Row | undefined = row; at?.before; at = at.before) {
      tokens.unshift(at.token);
      if (at.attention) attention.unshift(at.attention);
    }
    if (ended) tokens.pop();
    return { tokens, logProbability: row.logProbability, score: this.score(row.logProbability, length), ended, attention };
  }

  private score(logProbability: number, length: number): number {
    return logProbability / ((5 + length) / 6) ** (this.options.lengthPenalty ?? 0.6);
  }
}

const sliceOf = (values: ArrayLike<number>, start: number, length: number): Float32Array => Float32Array.from({ length }, (_, index) => values[start + index] as number);
