import type { Settings } from '@quartet/contracts';

/** Where the gateway of a local platform serves the console; undefined: it is off. */
export function consoleUrl({ QUARTET_CONSOLE_PORT: port, QUARTET_HOST: host, QUARTET_TLS_CERT: cert }: Settings): string | undefined {
  return port === 0 ? undefined : `${cert === '' ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
