/** What all tokenizers do first: one way to write each accent (Unicode's NFC), and small letters if asked. */
export function prepareText(text: string, lowercase: boolean): string {
  const composed = text.normalize('NFC');
  return lowercase ? composed.toLowerCase() : composed;
}
