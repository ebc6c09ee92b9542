/** Keys whose values never reach a log, however deep they stand. */
const SECRET_KEYS = ['authorization', 'password', 'passphrase', 'secret', 'token', 'apiKey', 'api_key', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'privateKey', 'private_key', 'cookie', 'QUARTET_TOKEN', 'QUARTET_SERVICE_TOKEN'];

/** pino's `redact`, which sees values before they are written, of any type, at the top level or one below. */
export const redact = { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' };

/** A whole string of JSON, escapes included; linear, since each character can be matched in one way only. */
const STRING = String.raw`"(?:[^"\\]|\\.)*"`;

const RULES: readonly (readonly [test: (line: string) => boolean, pattern: RegExp, replacement: string])[] = [
  // postgres://user:pass@host
  [(line) => line.includes('@'), /([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#@"]+@/gi, '$1[redacted]@'],
  // Keys below what pino's redact reaches.
  [() => true, new RegExp(`("(?:${SECRET_KEYS.join('|')})":)${STRING}`, 'gi'), '$1"[redacted]"'],
  // Inside of texts: a header, a JWT, the query of a signed URL, a key in PEM.
  [(line) => /bearer /i.test(line), /\b(bearer) +[\w.~+/=-]+/gi, '$1 [redacted]'],
  [(line) => line.includes('eyJ'), /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[redacted]'],
  [(line) => /[?&][\w-]*(?:signature|token|credential|sig|key)=/i.test(line), /([?&][\w-]*(?:signature|token|credential|sig|key)=)[^&\s"]+/gi, '$1[redacted]'],
  [(line) => line.includes('PRIVATE KEY-'), /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)[^"])*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, '[redacted]'],
];

/** Takes what looks like a secret out of a line that is about to be written, wherever it stands. */
export function scrub(line: string): string {
  let clean = line;
  for (const [test, pattern, replacement] of RULES) if (test(clean)) clean = clean.replace(pattern, replacement);
  return clean;
}
