import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/**
 * Bytes that all calls of one connection may have on their way together. HTTP/2's 64 KiB are two or three images' worth, and wait for this process to
 * take them in: all callers of a gateway share one connection to a service, and their calls then stood in line before it, unseen by any queue that could
 * refuse them. What a single call may have on its way stays as it is, so that a slow reader holds up who sends to it.
 */
const CONNECTION_WINDOW = 16 * 1024 * 1024;

/**
 * Lets connections to this server carry more at a time. grpc-js 1.14 has an option for it in clients alone, but keeps its HTTP/2 servers; a test notices
 * when that changes.
 * @param server bound, and not yet connected to
 */
export function widenConnections(server: Server): void {
  const { http2Servers } = server as unknown as { http2Servers?: Map<Http2Server, unknown> };
  if (!http2Servers?.size) throw new Error('this version of grpc-js keeps its HTTP/2 servers elsewhere than 1.14; find out where, and set the local window of their sessions');
  for (const http2Server of http2Servers.keys()) http2Server.on('session', (session: ServerHttp2Session) => session.setLocalWindowSize(CONNECTION_WINDOW));
}
