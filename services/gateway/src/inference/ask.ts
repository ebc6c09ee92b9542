import { Metadata, status, type StatusObject } from '@grpc/grpc-js';
import type { Upstream } from '../upstream';
import { upstreamStatus } from '../upstream-status';

/** A method as ts-proto defines it. */
interface UnaryMethod<Req, Res> {
  path: string;
  requestSerialize(value: Req): Buffer;
  responseDeserialize(bytes: Buffer): Res;
}

/** How long a service has for a question of the gateway's own. */
const LIMIT_MS = 5000;

/** Asks a service behind the gateway. @throws CallStatus as a caller of the method would get it. */
export function ask<Req, Res>(upstream: Upstream, { path, requestSerialize, responseDeserialize }: UnaryMethod<Req, Res>, request: Req, deadline?: Date): Promise<Res> {
  const limit = new Date(Math.min(deadline?.getTime() ?? Infinity, Date.now() + LIMIT_MS));
  const call = upstream.open(path, new Metadata(), limit);
  return new Promise((resolve, reject) => {
    let answer: Buffer | undefined;
    call.on('data', (bytes: Buffer) => (answer ??= bytes));
    call.on('error', () => undefined); // Comes with the status.
    call.on('status', (end: StatusObject) => {
      if (end.code !== status.OK || !answer) reject(upstreamStatus(end, upstream, path));
      else resolve(responseDeserialize(answer));
    });
    call.write(requestSerialize(request));
    call.end();
  });
}
