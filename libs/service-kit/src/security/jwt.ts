import { createHash } from 'node:crypto';
import { isLoopback } from '@quartet/client';
import { parseGrant, QuartetError, type Grant, type Settings } from '@quartet/contracts';
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { Logger } from '../logging/logger';
import type { Caller } from './caller';
import { WatchedFile } from './watched-file';

/** Signatures that only the issuer can make. With HS256 whoever verifies could sign as well. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
/** A token that was verified isn't verified again for so long, unless it expires before. */
const REMEMBER_MS = 60_000;
const REMEMBERED = 1000;
const CLOCK_SKEW_SECONDS = 30;

function keySet(text: string): JWTVerifyGetKey {
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  } catch {
    throw QuartetError.invalid('QUARTET_AUTH_JWKS', 'the file is not a JSON Web Key Set; expected { "keys": [...] } with public keys.');
  }
}

/** Keys by URL are kept and fetched again when a token names one that isn't among them. */
function keysAt(place: string, log: Logger): JWTVerifyGetKey {
  if (!/^https?:/.test(place)) {
    const file = new WatchedFile(place.replace(/^file:\/\//, ''), 'QUARTET_AUTH_JWKS', keySet, log);
    return (header, token) => file.value(header, token);
  }
  const url = new URL(place);
  if (url.protocol === 'http:' && !isLoopback(url.host)) {
    throw QuartetError.invalid('QUARTET_AUTH_JWKS', `is ${url.origin}, where anyone on the way could put in keys of their own. Use https://.`);
  }
  return createRemoteJWKSet(url, { timeoutDuration: 5000, cooldownDuration: 10_000 });
}

/** Roles from the claim `roles`, and from OAuth's `scope`, in which what isn't a role is for others. */
function grantsOf({ roles, scope }: JWTPayload): Grant[] {
  const texts: unknown[] = [...(Array.isArray(roles) ? (roles as unknown[]) : []), ...(typeof scope === 'string' ? scope.split(' ') : [])];
  return texts.map((text) => (typeof text === 'string' ? parseGrant(text) : undefined)).filter((grant) => grant !== undefined);
}

function whyNot(error: unknown): QuartetError {
  if (error instanceof errors.JWTExpired) return new QuartetError('UNAUTHENTICATED', 'The token has expired. Get a new one from its issuer.', { cause: error });
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new QuartetError('UNAUTHENTICATED', `The token's claim "${error.claim}" is not what this server asks for. Get one that is issued for it.`, { cause: error });
  }
  const transport = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC';
  if (transport) return new QuartetError('UNAVAILABLE', 'Tokens can\'t be checked just now: the issuer\'s keys can\'t be had. Send the call again later.', { retryAfterMs: 2000, cause: error });
  return new QuartetError('UNAUTHENTICATED', 'The token is neither one of this server\'s nor signed by the issuer that it trusts. Get one that is.', { cause: error });
}

/** Checks JWTs against the keys of their issuer. */
export class JwtVerifier {
  readonly #keys: JWTVerifyGetKey;
  readonly #claims: { issuer: string; audience: string };
  readonly #known = new Map<string, { caller: Caller; until: number }>();

  /** @throws QuartetError INVALID_FIELD for settings that can't be used */
  constructor({ QUARTET_AUTH_JWKS: place, QUARTET_AUTH_ISSUER: issuer, QUARTET_AUTH_AUDIENCE: audience }: Settings, log: Logger) {
    const missing = issuer === '' ? 'QUARTET_AUTH_ISSUER' : audience === '' ? 'QUARTET_AUTH_AUDIENCE' : undefined;
    if (missing) throw QuartetError.invalid(missing, 'is not set while QUARTET_AUTH_JWKS is: a token that was made for others would do here. Set it to what the tokens name.');
    this.#keys = keysAt(place, log);
    this.#claims = { issuer, audience };
  }

  /** @throws QuartetError UNAUTHENTICATED, or UNAVAILABLE if the keys can't be had */
  async verify(token: string): Promise<Caller> {
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.#known.get(digest);
    if (known && known.until > Date.now()) return known.caller;
    this.#known.delete(digest);
    try {
      const { payload } = await jwtVerify(token, this.#keys, { ...this.#claims, algorithms: ALGORITHMS, clockTolerance: CLOCK_SKEW_SECONDS, requiredClaims: ['exp', 'sub'] });
      const caller: Caller = { name: payload.sub!, via: 'jwt', grants: grantsOf(payload) };
      this.#remember(digest, caller, Math.min(Date.now() + REMEMBER_MS, payload.exp! * 1000));
      return caller;
    } catch (error) {
      throw whyNot(error);
    }
  }

  #remember(digest: string, caller: Caller, until: number): void {
    if (this.#known.size >= REMEMBERED) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(digest, { caller, until });
  }
}
