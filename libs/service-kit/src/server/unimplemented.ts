import { type sendUnaryData, type Server } from '@grpc/grpc-js';
import { statusOf } from '../errors/to-status';

interface Handler {
  func: (call: unknown, respond: sendUnaryData<Buffer>) => void;
  serialize: (value: Buffer) => Buffer;
  deserialize: (bytes: Buffer) => Buffer;
  type: 'unary';
  path: string;
}

const unimplemented = (path: string): Handler => ({
  func: (_call, respond) =>
    respond(statusOf({ reason: 'UNIMPLEMENTED', message: `There is no method ${path} here. Check the name, or list the services by reflection.` })),
  serialize: (value) => value,
  deserialize: (bytes) => bytes,
  type: 'unary',
  path,
});

/**
 * Makes calls of unknown methods go the way of all others, so that they end with details and are counted. grpc-js
 * 1.14 has no hook for that: it looks the path up in its private table and answers by itself if nothing is there.
 */
export function answerUnknownMethods(server: Server): void {
  const { handlers } = server as unknown as { handlers: Map<string, Handler> };
  const get = handlers.get.bind(handlers);
  handlers.get = (path) => get(path) ?? unimplemented(path);
}
