import { status, type StatusObject } from '@grpc/grpc-js';
import type { CallContext } from '@quartet/service-kit';
import type { Upstream } from '../upstream';
import { upstreamStatus } from '../upstream-status';
import { asCaller } from './as-caller';

/** A method as ts-proto defines it. */
export interface UnaryMethod<Req, Res> {
  path: string;
  requestSerialize(value: Req): Buffer;
  responseDeserialize(bytes: Buffer): Res;
}

/** How long a service has for a question of the gateway's own. */
const LIMIT_MS = 5000;

/** Asks a service behind the gateway, on behalf of a caller. @throws CallStatus as a caller of the method would get it. */
export function ask<Req, Res>(upstream: Upstream, { path, requestSerialize, responseDeserialize }: UnaryMethod<Req, Res>, request: Req, call: Pick<CallContext, 'metadata' | 'deadline'>): Promise<Res> {
  const limit = new Date(Math.min(call.deadline?.getTime() ?? Infinity, Date.now() + LIMIT_MS));
  const asked = upstream.open(path, asCaller(call.metadata), limit);
  return new Promise((resolve, reject) => {
    let answer: Buffer | undefined;
    asked.on('data', (bytes: Buffer) => (answer ??= bytes));
    asked.on('error', () => undefined); // Comes with the status.
    asked.on('status', (end: StatusObject) => {
      if (end.code !== status.OK || !answer) reject(upstreamStatus(end, upstream, path));
      else resolve(responseDeserialize(answer));
    });
    asked.write(requestSerialize(request));
    asked.end();
  });
}
