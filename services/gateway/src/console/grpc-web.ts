import { constants, type ClientHttp2Stream, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import type { Settings } from '@quartet/contracts';
import { status } from '@grpc/grpc-js';
import type { Handler, Request, Response } from './listen';
import type { OwnCalls } from './own-calls';

const CONTENT_TYPE = 'application/grpc-web+proto';
const PATH = /^\/[\w.]+\/\w+$/;

/** Of a browser's headers, those that are the call's own. */
function metadataOf(headers: IncomingHttpHeaders, tenantHeader: string): OutgoingHttpHeaders {
  const isOwn = (name: string) => name === 'authorization' || name === 'grpc-timeout' || name === 'traceparent' || name === 'tracestate' || name === tenantHeader || name.startsWith('quartet-');
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isOwn(name)));
}

/** Of a call's headers, those that a browser gets: metadata, not HTTP's own. */
const isMetadata = (name: string) => !name.startsWith(':') && !['content-type', 'date', 'grpc-encoding', 'grpc-accept-encoding', 'accept-encoding'].includes(name);

/** The frame that ends a gRPC-Web response: flag 0x80, length, then the trailers as HTTP/1 would write them. */
export function trailerFrame(trailers: IncomingHttpHeaders): Buffer {
  const lines = Object.entries(trailers).filter(([name]) => isMetadata(name)).flatMap(([name, values]) => [values ?? []].flat().map((value) => `${name}: ${value}\r\n`));
  const text = Buffer.from(lines.join(''));
  const head = Buffer.alloc(5);
  head.writeUInt8(0x80, 0);
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, text]);
}

/**
 * Calls from a browser, in gRPC-Web: unary ones and streams of the server. Messages are framed as in gRPC itself, so their bytes pass as they are, in both
 * directions and no faster than the slower side reads; only the trailers, which a browser can't see, become the last frame of the body.
 * See https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
 */
export function grpcWeb(calls: OwnCalls, settings: Settings): Handler {
  const tenantHeader = settings.QUARTET_TENANT_HEADER.toLowerCase();
  return (request, response) => {
    const path = request.url ?? '';
    if (request.headers['content-type'] !== CONTENT_TYPE || !PATH.test(path)) {
      response.writeHead(415, { 'content-type': 'text/plain; charset=utf-8' }).end(`Received ${request.headers['content-type'] ?? 'no content-type'} for ${path}; this port takes ${CONTENT_TYPE} at /package.Service/Method.\n`);
      return;
    }
    pass(request, response, calls.session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc+proto', te: 'trailers', ...metadataOf(request.headers, tenantHeader) }));
  };
}

function pass(request: Request, response: Response, call: ClientHttp2Stream): void {
  let over = false;
  let trailers: IncomingHttpHeaders | undefined;
  let why = 'The connection ended without the status of the call. It may have been carried out; check before sending it again.';
  const end = () => {
    if (over) return;
    over = true;
    if (!response.headersSent) response.writeHead(200, { 'content-type': CONTENT_TYPE });
    response.end(trailerFrame(trailers ?? { 'grpc-status': String(status.UNAVAILABLE), 'grpc-message': encodeURIComponent(why) }));
  };
  call.on('response', (headers) => {
    // A call that fails at once has no trailers: its headers are that.
    if (headers['grpc-status'] !== undefined) trailers = headers;
    if (over || trailers) {
      call.resume();
      return;
    }
    response.writeHead(200, { 'content-type': CONTENT_TYPE, ...Object.fromEntries(Object.entries(headers).filter(([name]) => isMetadata(name))) });
    // A stream's reader waits for the headers, maybe long before its first message.
    response.flushHeaders();
    // Not before: under load the first message may be there ahead of this event.
    call.pipe(response, { end: false });
  });
  call.on('trailers', (received: IncomingHttpHeaders) => {
    trailers = received;
  });
  call.on('error', () => (why = 'The connection was lost during the call. It may have been carried out; check before sending it again.'));
  // The trailers may be known before the last messages have been passed on; when both are, or nothing more can come, the call is over.
  call.on('end', () => trailers && end());
  call.on('close', end);
  request.pipe(call);
  // Aborted by the page, or its connection lost.
  response.on('close', () => over || call.close(constants.NGHTTP2_CANCEL));
  request.on('error', () => call.close(constants.NGHTTP2_CANCEL));
}
