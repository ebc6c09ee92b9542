import { constants, isUtf8 } from 'node:buffer';
import { readWhole, type ReadContext } from '../files/read-file';
import { corrupt, overLimit, unusable } from '../problems';

const LINE_BREAK = 10;

/** Reads a file that must be UTF-8; a byte order mark goes. @throws QuartetError CORRUPT_DATA naming the first line that isn't. */
export async function readUtf8(local: string, file: string, context: ReadContext): Promise<Buffer> {
  const bytes = await readWhole(local, file, context);
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw overLimit(file, { received: `${bytes.length} bytes of text in one file`, expected: `at most ${constants.MAX_STRING_LENGTH}`, remedy: 'Split the file.' });
  }
  if (!isUtf8(bytes)) {
    throw corrupt(`${file}, line ${firstBadLine(bytes)}`, { received: 'bytes that are no UTF-8', expected: 'text in UTF-8', remedy: 'Save the file as UTF-8, or correct the line.' });
  }
  return bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? bytes.subarray(3) : bytes;
}

function firstBadLine(bytes: Buffer): number {
  for (let start = 0, line = 1; ; line++) {
    const end = bytes.indexOf(LINE_BREAK, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

/** Control characters other than line break and tab. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;

/**
 * Text as it is stored: in Unicode's normalization form C, lines ended by \n alone.
 *
 * @param where File and line, for errors. @param line Of the text's start, to tell the very line; unset if `where` does.
 * @throws QuartetError UNUSABLE_DATASET: a control character.
 */
export function cleanText(text: string, where: string, line?: number): string {
  const lines = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
  const at = lines.search(CONTROL);
  if (at >= 0) {
    const code = lines.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
    const place = line === undefined ? where : `${where}, line ${line + lines.slice(0, at).split('\n').length - 1}`;
    throw unusable(place, { received: `the control character U+${code}`, expected: 'text: no control characters but line breaks and tabs', remedy: 'Remove it.' });
  }
  return lines.normalize('NFC');
}
