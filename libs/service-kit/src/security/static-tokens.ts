import { createHash, timingSafeEqual } from 'node:crypto';
import { parseGrant, QuartetError, type Grant } from '@quartet/contracts';
import { z } from 'zod';
import type { Caller } from './caller';

const FILE = z.strictObject({
  tokens: z.array(
    z.strictObject({
      name: z.string().min(1).max(128),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits, as sha256sum prints them'),
      roles: z.array(z.string()).min(1),
      expires: z.iso.datetime({ offset: true }).optional(),
    }),
  ),
});

interface Entry {
  hash: Buffer;
  expires: number;
  caller: Caller;
}

function grantsOf(roles: readonly string[], name: string): Grant[] {
  return roles.map((text) => {
    const grant = parseGrant(text);
    if (grant) return grant;
    throw QuartetError.invalid('QUARTET_AUTH_TOKENS', `the token "${name}" has the role "${text}"; expected infer, train, admin or service, each with a pattern of model names as in infer:digits*.`);
  });
}

/**
 * The tokens of a file, by their SHA-256:
 * `{ "tokens": [{ "name": "ada", "sha256": "...", "roles": ["train:digits*"], "expires": "2027-01-01T00:00:00Z" }] }`
 */
export class StaticTokens {
  readonly #entries: readonly Entry[];

  /** @throws QuartetError INVALID_FIELD saying what in the file isn't as it should be */
  constructor(text: string) {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // Not JSON's own message, which quotes the text.
      throw QuartetError.invalid('QUARTET_AUTH_TOKENS', 'the file is not JSON; expected { "tokens": [{ "name", "sha256", "roles" }] }.');
    }
    const parsed = FILE.safeParse(json);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw QuartetError.invalid('QUARTET_AUTH_TOKENS', `in the file, ${issue?.path.join('.') || 'the whole'}: ${issue?.message}; expected { "tokens": [{ "name", "sha256", "roles", "expires" }] }.`);
    }
    this.#entries = parsed.data.tokens.map(({ name, sha256, roles, expires }) => ({
      hash: Buffer.from(sha256, 'hex'),
      expires: expires ? Date.parse(expires) : Infinity,
      caller: { name, via: 'token' as const, grants: grantsOf(roles, name) },
    }));
  }

  /** Compares with every token of the file in the same time, whichever it is. */
  find(token: string): Caller | 'expired' | undefined {
    const hash = createHash('sha256').update(token).digest();
    let found: Entry | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(hash, entry.hash)) found = entry;
    if (!found) return undefined;
    return found.expires <= Date.now() ? 'expired' : found.caller;
  }
}
