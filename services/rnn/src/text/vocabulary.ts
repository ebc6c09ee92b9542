import { PIECES } from './pieces';
import { prepareText } from './prepare-text';
import { checkId, SPECIALS, UNKNOWN, type Tokenizer, type TokenizerPlan } from './tokenizer';

type Kind = Exclude<TokenizerPlan['kind'], 'bpe'>;

/** The most frequent pieces; of equally frequent ones the first by code units. */
export function trainVocabulary(texts: Iterable<string>, { kind, lowercase, maxVocabulary, minCount }: { kind: Kind; lowercase: boolean; maxVocabulary: number; minCount: number }): TokenizerPlan {
  const counts = new Map<string, number>();
  for (const text of texts) for (const piece of PIECES[kind].cut(prepareText(text, lowercase))) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  // A text that spells a special token must not become one.
  for (const special of SPECIALS) counts.delete(special);
  const kept = [...counts].filter(([, count]) => count >= minCount).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return { kind, lowercase, tokens: [...SPECIALS, ...kept.slice(0, maxVocabulary - SPECIALS.length).map(([piece]) => piece)] };
}

/** A token for each known piece. */
export class VocabularyTokenizer implements Tokenizer {
  readonly size: number;
  readonly unknown = UNKNOWN;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #pieces;

  constructor(readonly plan: TokenizerPlan) {
    this.size = plan.tokens.length;
    this.#ids = new Map(plan.tokens.slice(SPECIALS.length).map((token, index) => [token, index + SPECIALS.length]));
    this.#pieces = PIECES[plan.kind as Kind];
  }

  encode(text: string): Int32Array {
    return Int32Array.from(this.#pieces.cut(prepareText(text, this.plan.lowercase)), (piece) => this.#ids.get(piece) ?? UNKNOWN);
  }

  /** Unknown tokens, which stand for nothing, are left out as well. */
  decode(ids: ArrayLike<number>): string {
    return this.#pieces.join(Array.from(ids, (id) => checkId(id, this.size)).filter((id) => id >= SPECIALS.length).map((id) => this.plan.tokens[id]!));
  }

  name(id: number): string {
    return this.plan.tokens[checkId(id, this.size)]!;
  }
}
