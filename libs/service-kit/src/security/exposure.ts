import { isLoopback } from '@quartet/client';
import { QuartetError, type Settings } from '@quartet/contracts';

/** Whether callers must show who they are. */
export const authenticates = (settings: Settings): boolean => settings.QUARTET_AUTH_TOKENS !== '' || settings.QUARTET_AUTH_JWKS !== '' || settings.QUARTET_TLS_CLIENT_AUTH === 'require';

/**
 * A server that other machines can reach must have TLS and know its callers, unless someone has said that it need not.
 * @throws QuartetError WRONG_STATE naming what is missing and the settings for it
 */
export function checkExposure(host: string, settings: Settings): void {
  if (isLoopback(host) || settings.QUARTET_INSECURE === 'true') return;
  const missing: string[] = [];
  if (settings.QUARTET_TLS_CERT === '') missing.push('TLS (QUARTET_TLS_CERT, QUARTET_TLS_KEY, QUARTET_TLS_CA)');
  if (!authenticates(settings)) missing.push('authentication (QUARTET_AUTH_TOKENS, QUARTET_AUTH_JWKS or QUARTET_TLS_CLIENT_AUTH=require)');
  if (missing.length === 0) return;
  throw new QuartetError(
    'WRONG_STATE',
    `QUARTET_HOST=${host} can be reached from other machines, and there is no ${missing.join(' and no ')}. ` +
      'Set that up (docs/security.md), bind to 127.0.0.1, or set QUARTET_INSECURE=true where the network itself is safe.',
  );
}

/**
 * A process that calls others where callers must have tokens needs one too.
 * @throws QuartetError WRONG_STATE naming the setting
 */
export function checkOwnToken(settings: Settings): void {
  const { QUARTET_AUTH_TOKENS: tokens, QUARTET_AUTH_JWKS: jwks, QUARTET_SERVICE_TOKEN: own } = settings;
  if (own !== '' || (tokens === '' && jwks === '')) return;
  throw new QuartetError(
    'WRONG_STATE',
    'Callers must have tokens here, and this process has none for its own calls to the registry. Set QUARTET_SERVICE_TOKEN to one with the role service (docs/security.md).',
  );
}
