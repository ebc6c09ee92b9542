import { join } from 'node:path';
import type { Server } from '@grpc/grpc-js';
import type { Settings } from '@quartet/contracts';
import type { Logger } from '@quartet/service-kit';
import { grpcWeb } from './grpc-web';
import { listen } from './listen';
import { OwnCalls } from './own-calls';
import { refusal } from './same-site';
import { headersOf } from './security-headers';
import { Site } from './site';

/** What the build of apps/console leaves. */
const SITE = join(__dirname, '..', '..', 'dist', 'site');

export interface Console {
  /** `http://127.0.0.1:8080` */
  url: string;
  close: () => void;
}

/**
 * Serves the console on QUARTET_CONSOLE_PORT: its files, and the platform's API for browsers. A call is handed to `server`, the gateway's own,
 * and so meets the same checks of token and role, limits, log and audit as any other.
 * @throws QuartetError UNAVAILABLE if the port can't be had, WRONG_STATE if the console isn't built, INVALID_FIELD for settings of TLS that can't be used
 */
export async function startConsole(server: Server, settings: Settings, log: Logger, folder = SITE): Promise<Console> {
  const site = new Site(folder);
  const calls = new OwnCalls(server);
  const call = grpcWeb(calls, settings);
  const { url, close } = await listen(settings, log, (request, response) => {
    for (const [name, value] of Object.entries(headersOf(settings))) response.setHeader(name, value);
    const why = refusal(request, settings);
    if (why) {
      response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
      return;
    }
    if (request.method === 'POST') call(request, response);
    else site.serve(request, response);
  });
  log.info({ url }, 'console listening');
  return {
    url,
    close: () => {
      close();
      calls.close();
    },
  };
}
