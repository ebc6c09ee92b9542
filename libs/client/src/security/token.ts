import { readFileSync, statSync } from 'node:fs';
import { QuartetError } from '@quartet/contracts';

/** The bearer token for the next call; undefined: none. */
export type TokenSource = () => string | undefined;

/** Header values are visible ASCII; anything else grpc-js would refuse with the value in its message. */
const SENDABLE = /^[\x21-\x7e]+$/;

function checked(token: string, where: string): string {
  if (SENDABLE.test(token)) return token;
  throw new QuartetError('INVALID_FIELD', `${where}: it is empty or holds characters that a token can't have; expected visible ASCII without spaces.`);
}

/**
 * Reads a setting such as QUARTET_TOKEN: the token itself, or `@FILE`, which is read again whenever the file changes, since what
 * issues tokens replaces them.
 * @param setting name of the setting, for messages, which never hold the token
 */
export function tokenSource(text: string, setting: string): TokenSource {
  if (text === '') return () => undefined;
  if (!text.startsWith('@')) {
    const token = checked(text, setting);
    return () => token;
  }
  const file = text.slice(1);
  let last: { mtimeMs: number; token: string } | undefined;
  return () => {
    try {
      const { mtimeMs } = statSync(file);
      if (last?.mtimeMs !== mtimeMs) last = { mtimeMs, token: checked(readFileSync(file, 'utf8').trim(), `${setting}: ${file}`) };
    } catch (cause) {
      if (QuartetError.is(cause)) throw cause;
      throw new QuartetError('INVALID_FIELD', `${setting}: the file ${file} can't be read (${(cause as NodeJS.ErrnoException).code}); expected a file that holds a token.`, { cause });
    }
    return last.token;
  };
}
