import { PAD, type Tokenizer } from '../text/tokenizer';

/** Characters of a token that are read, its start and its end marked; of a longer one the first and the last. */
export const SPELLED = 20;
const [FIRST, LAST] = [SPELLED / 2, SPELLED / 2 - 2];

/**
 * What a token is known by: digits are all one, so that a number that was never seen is a number, and blanks within it don't divide it.
 */
export function identityOf(token: string): string {
  return token.trim().replace(/\p{Nd}/gu, '0').replace(/\s+/gu, '\u2423');
}

/** A token's characters, [SPELLED]. @param marks Of start and end. */
export function spellingOf(token: string, characters: Tokenizer, [start, end]: [number, number]): Int32Array {
  const all = characters.encode(token.trim());
  const kept = all.length <= SPELLED - 2 ? all : [...all.subarray(0, FIRST), ...all.subarray(-LAST)];
  const spelled = new Int32Array(SPELLED).fill(PAD);
  spelled.set([start, ...kept, end]);
  return spelled;
}
