import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { PemFiles, pemNames } from '@quartet/client';
import { QuartetError, type Settings } from '@quartet/contracts';
import type { Logger } from '@quartet/service-kit';

/** HTTP/1.1's and HTTP/2's, by what they have in common. */
export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse;
export type Handler = (request: Request, response: Response) => void;

/** How often the files of TLS are looked at, as the gateway's other port does. */
const REFRESH_MS = 2000;

const contextOf = ({ contents: { cert, key, ca } }: PemFiles) => ({ cert, key, ca, minVersion: 'TLSv1.2' as const });

/** HTTP/2 over TLS, under the certificate of the gateway, which may be replaced meanwhile; HTTP/1.1 where there is none. */
function createFor(settings: Settings, log: Logger, handler: Handler): { server: Server; secure: boolean; stop: () => void } {
  if (settings.QUARTET_TLS_CERT === '') return { server: createServer(handler), secure: false, stop: () => undefined };
  const files = new PemFiles(pemNames(settings));
  const clientAuth = settings.QUARTET_TLS_CLIENT_AUTH === 'require';
  // Node's compatibility API: an Http2ServerResponse has all of a ServerResponse that is used here.
  const onRequest = (request: Http2ServerRequest, response: Http2ServerResponse) => handler(request, response as unknown as ServerResponse);
  const server = createSecureServer({ ...contextOf(files), allowHTTP1: true, requestCert: clientAuth, rejectUnauthorized: clientAuth }, onRequest);
  const timer = setInterval(() => {
    // What can't be used is told by the port of gRPC.
    if (files.refresh() !== true) return;
    server.setSecureContext(contextOf(files));
    log.info('the console uses the new files for TLS');
  }, REFRESH_MS);
  timer.unref();
  return { server, secure: true, stop: () => clearInterval(timer) };
}

/**
 * Listens on QUARTET_HOST and QUARTET_CONSOLE_PORT.
 * @throws QuartetError UNAVAILABLE naming the port, why it can't be had and the setting
 */
export async function listen(settings: Settings, log: Logger, handler: Handler): Promise<{ url: string; close: () => void }> {
  const { QUARTET_HOST: host, QUARTET_CONSOLE_PORT: wanted } = settings;
  const { server, secure, stop } = createFor(settings, log, handler);
  const sockets = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const advice = cause.code === 'EADDRINUSE' ? 'another process listens there: stop it, or choose another port' : `${cause.code ?? cause.message}; choose another port, or check QUARTET_HOST`;
      reject(new QuartetError('UNAVAILABLE', `the console cannot listen on ${host}:${wanted} (QUARTET_CONSOLE_PORT=${wanted}): ${advice}`, { cause }));
    });
    server.listen(wanted, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () => {
    stop();
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`, close };
}
