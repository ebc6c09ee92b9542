import * as library from '@huggingface/tokenizers';
import { BYTE_CHARACTERS, bytesOf, spell } from './byte-alphabet';
import { learnMerges } from './learn-merges';
import { prepareText } from './prepare-text';
import { checkId, SPECIALS, type Tokenizer, type TokenizerPlan } from './tokenizer';

/** What is used of the library: the imports within its type files lack the extensions that Node's rules want, so that they say nothing. */
const { BPE } = library as unknown as { BPE: new (config: object) => { encode(pieces: string[]): string[] } };

/** GPT-2's cut: a blank goes with the word after it. */
const PIECE = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const cut = (text: string): string[] => text.match(PIECE) ?? [];

/** Pieces whose tokens are remembered: a text has few different ones. */
const REMEMBERED = 100_000;

/** Special tokens and bytes: below this a vocabulary of byte pairs can't be. */
export const LEAST_BYTE_PAIRS = SPECIALS.length + BYTE_CHARACTERS.length;

/** @param maxVocabulary At least LEAST_BYTE_PAIRS. @param minCount Pairs seen less often are not joined; nor are those seen once. */
export function trainBytePairs(texts: Iterable<string>, { lowercase, maxVocabulary, minCount }: { lowercase: boolean; maxVocabulary: number; minCount: number }): TokenizerPlan {
  const pieces = new Map<string, number>();
  for (const text of texts) for (const piece of cut(prepareText(text, lowercase))) pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
  const words = new Map([...pieces].map(([piece, count]) => [spell(piece), count]));
  const merges = learnMerges(words, BYTE_CHARACTERS, maxVocabulary - LEAST_BYTE_PAIRS, Math.max(2, minCount));
  // Two pairs may join to the same token.
  const tokens = [...new Set([...SPECIALS, ...BYTE_CHARACTERS, ...merges.map(([left, right]) => left + right)])];
  return { kind: 'bpe', lowercase, tokens, merges };
}

/** Bytes joined as learned: no text has unknown tokens. */
export class BytePairTokenizer implements Tokenizer {
  readonly size: number;
  readonly unknown = -1;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #model: InstanceType<typeof BPE>;
  readonly #remembered = new Map<string, readonly number[]>();

  constructor(readonly plan: TokenizerPlan) {
    const { tokens, merges = [] } = plan;
    this.size = tokens.length;
    this.#ids = new Map(tokens.map((token, id) => [token, id]));
    this.#model = new BPE({ type: 'BPE', vocab: Object.fromEntries(this.#ids), merges });
  }

  encode(text: string): Int32Array {
    return Int32Array.from(cut(prepareText(text, this.plan.lowercase)).flatMap((piece) => this.#encodePiece(piece)));
  }

  #encodePiece(piece: string): readonly number[] {
    const known = this.#remembered.get(piece);
    if (known) return known;
    const ids = this.#model.encode([spell(piece)]).map((token) => this.#ids.get(token)!);
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.set(piece, ids);
    return ids;
  }

  decode(ids: ArrayLike<number>): string {
    const kept = Array.from(ids, (id) => checkId(id, this.size)).filter((id) => id >= SPECIALS.length);
    return Buffer.from(bytesOf(kept.map((id) => this.plan.tokens[id]).join(''))).toString('utf8');
  }

  /** A token may be a part of a character: then its bytes, `<0xE2>`. */
  name(id: number): string {
    const token = this.plan.tokens[checkId(id, this.size)]!;
    if (id < SPECIALS.length) return token;
    const bytes = Buffer.from(bytesOf(token));
    const text = bytes.toString('utf8');
    return Buffer.from(text).equals(bytes) ? text : Array.from(bytes, (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`).join('');
  }
}
