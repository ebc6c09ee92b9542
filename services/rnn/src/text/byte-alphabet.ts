/**
 * A visible character for each byte, as GPT-2's vocabulary has them: bytes that print stand for themselves, the others for U+0100 and on.
 */
const characters: string[] = [];
const bytes = new Map<string, number>();

for (let byte = 0, next = 256; byte < 256; byte++) {
  const prints = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const character = String.fromCharCode(prints ? byte : next++);
  characters[byte] = character;
  bytes.set(character, byte);
}

/** In the order of their code points. */
export const BYTE_CHARACTERS: readonly string[] = [...characters].sort();

/** The bytes of a text in UTF-8, a character each. */
export function spell(text: string): string {
  let spelled = '';
  for (const byte of Buffer.from(text)) spelled += characters[byte];
  return spelled;
}

/** The bytes that tokens spell. */
export function bytesOf(tokens: string): Uint8Array {
  return Uint8Array.from(tokens, (character) => bytes.get(character)!);
}
