import { readFileSync } from 'node:fs';
import { UsageError } from '../output';

/**
 * What a command works on: its arguments, or the lines of a file that have something in them; `-`: of standard input.
 * @param what For the error: `texts`.
 */
export function readLines(given: readonly string[], file: string | undefined, what: string): string[] {
  if (file === undefined) {
    if (given.length === 0) throw new UsageError(`no ${what}; name some, or --file FILE with one a line`);
    return [...given];
  }
  if (given.length > 0) throw new UsageError(`${what} and --file at once; leave one out`);
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`--file ${file}: ${(error as Error).message}`);
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new UsageError(`--file ${file}: no line with anything in it; expected ${what}, one a line`);
  return lines;
}
