/** Keys whose values never reach a log, at the top level or one below. */
const SECRET_KEYS = ['authorization', 'password', 'secret', 'token', 'apiKey', 'api_key', 'accessKeyId', 'secretAccessKey', 'cookie'];

/** pino's `redact`. */
export const redact = { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' };

/** Takes the user and password out of the URLs in a line: `postgres://user:pass@host` -> `postgres://[redacted]@host`. */
export function scrubUrls(line: string): string {
  return line.includes('@') ? line.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"]+@/gi, '$1[redacted]@') : line;
}
