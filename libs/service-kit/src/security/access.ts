import type { Metadata } from '@grpc/grpc-js';
import { allows, allowsAll, QuartetError, ruleOf, type Rule, type Settings } from '@quartet/contracts';
import type { Logger } from '../logging/logger';
import { ANONYMOUS, EVERYTHING, type Caller } from './caller';
import { authenticates } from './exposure';
import { JwtVerifier } from './jwt';
import { StaticTokens } from './static-tokens';
import { WatchedFile } from './watched-file';

/** What of a call tells who makes it. */
export interface Credentials {
  metadata: Metadata;
  /** Common name of the client's certificate, which TLS has checked. */
  certificate: string | undefined;
}

const HOW = 'Send one in the header "authorization: Bearer ..."; the client and the CLI take it from QUARTET_TOKEN.';

function tokenOf(metadata: Metadata): string {
  const [header, ...more] = metadata.get('authorization');
  if (header === undefined) throw new QuartetError('UNAUTHENTICATED', `The call carries no token, and this server takes only callers it knows. ${HOW}`);
  const found = typeof header === 'string' && more.length === 0 ? /^bearer +(\S+)$/i.exec(header) : undefined;
  if (!found) throw new QuartetError('UNAUTHENTICATED', `The header "authorization" is not one bearer token. ${HOW}`);
  return found[1]!;
}

const listed = ({ grants }: Caller) => (grants.length === 0 ? 'no role' : grants.map(({ role, pattern }) => `${role}:${pattern}`).join(', '));

function denied(caller: Caller, path: string, { role }: Rule, which: string, wanted: string): QuartetError {
  const method = path.split('/').slice(1).join('/');
  return new QuartetError(
    'PERMISSION_DENIED',
    `${caller.name} may not call ${method}${which}: that takes ${wanted}, and the token has ${listed(caller)}. Ask whoever issues the tokens for it.`,
    { metadata: { role, caller: caller.name } },
  );
}

/** True if a caller may use a method for a model; without a model: for some model. */
export function permits(caller: Caller, path: string, model?: string): boolean {
  const rule = ruleOf(path);
  if (rule.orService && allows(caller.grants, 'service')) return true;
  return rule.all ? allowsAll(caller.grants, rule.role) : allows(caller.grants, rule.role, model);
}

/** @throws QuartetError PERMISSION_DENIED saying what the method takes and what the caller has */
export function authorize(caller: Caller, path: string, model?: string): void {
  if (permits(caller, path, model)) return;
  const rule = ruleOf(path);
  if (rule.all) throw denied(caller, path, rule, '', `the role ${rule.role} for all models`);
  if (model === undefined) throw denied(caller, path, rule, '', `the role ${rule.role}`);
  throw denied(caller, path, rule, ` for the model "${model}"`, `the role ${rule.role} for it`);
}

/** Tells who makes a call, by static tokens, JWTs or the client's certificate, as the settings say. */
export class Access {
  /** Everyone is let in. */
  readonly open: boolean;
  readonly #tokens: WatchedFile<StaticTokens> | undefined;
  readonly #jwts: JwtVerifier | undefined;

  /** @throws QuartetError INVALID_FIELD for settings, or a file of theirs, that can't be used */
  constructor(settings: Settings, log: Logger) {
    const { QUARTET_AUTH_TOKENS: tokens, QUARTET_AUTH_JWKS: jwks } = settings;
    this.open = !authenticates(settings);
    if (tokens !== '') this.#tokens = new WatchedFile(tokens, 'QUARTET_AUTH_TOKENS', (text) => new StaticTokens(text), log);
    if (jwks !== '') this.#jwts = new JwtVerifier(settings, log);
  }

  /** @throws QuartetError UNAUTHENTICATED, or UNAVAILABLE if a JWT can't be checked just now */
  async identify({ metadata, certificate }: Credentials): Promise<Caller> {
    if (!this.#tokens && !this.#jwts) return certificate === undefined ? ANONYMOUS : { name: certificate, via: 'certificate', grants: EVERYTHING };
    const token = tokenOf(metadata);
    const known = this.#tokens?.value.find(token);
    if (known === 'expired') throw new QuartetError('UNAUTHENTICATED', 'The token has expired. Get a new one from whoever issues them.');
    if (known) return known;
    if (this.#jwts) return this.#jwts.verify(token);
    throw new QuartetError('UNAUTHENTICATED', 'The token is not one of those that this server knows. Get one from whoever keeps the file QUARTET_AUTH_TOKENS.');
  }

  /**
   * Tells who makes a call, and then checks the role; for which models it is checked with each message.
   * @param known told who it is before the role is checked
   * @throws QuartetError UNAUTHENTICATED, PERMISSION_DENIED or UNAVAILABLE
   */
  async admit(path: string, credentials: Credentials, known: (caller: Caller) => void): Promise<void> {
    const caller = await this.identify(credentials);
    known(caller);
    authorize(caller, path);
  }
}

/** @throws QuartetError PERMISSION_DENIED unless the caller may use the method for every model that the message names */
export function examine(caller: Caller, path: string, message: unknown): void {
  const models = ruleOf(path).models as ((message: unknown) => readonly (string | undefined)[]) | undefined;
  for (const model of models?.(message) ?? []) if (model) authorize(caller, path, model);
}
