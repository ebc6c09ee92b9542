import { isLoopback } from '@quartet/client';
import type { Settings } from '@quartet/contracts';
import type { Request } from './listen';

/**
 * Why a request isn't answered; undefined: it is. Where no token is asked for, being on the machine is what lets one in, and a page of
 * another site in the same browser must not borrow that: not by calling here (Origin), nor by having its own name point here (Host).
 */
export function refusal(request: Request, settings: Settings): string | undefined {
  const host = String(request.headers[':authority'] ?? request.headers.host ?? '');
  const { origin } = request.headers;
  if (isLoopback(settings.QUARTET_HOST) && !isLoopback(host)) {
    return `Received a request for the host "${host}"; this console is for this machine alone, as http://127.0.0.1 or http://localhost. To reach it from others see docs/console.md.`;
  }
  if (origin !== undefined && originHost(origin) !== host) return `Received a request from a page of ${origin}; only the console's own pages may call here.`;
  const site = request.headers['sec-fetch-site'];
  if (request.method === 'POST' && site !== undefined && site !== 'same-origin') return `Received a request from another site (${String(site)}); only the console's own pages may call here.`;
  return undefined;
}

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
