import type { Client, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import { toDeadline, withToken, type CallOptions } from './call-options';
import { restoreError, type CallSite } from './call-error';
import type { TokenSource } from './security/token';
import { toMessage, type Input, type MessageType } from './input';

/** The connection that the endpoints of a client share. */
export interface Connection {
  readonly client: Client;
  readonly address: string;
  readonly defaultDeadlineMs: number;
  /** Bearer token of the next call. */
  readonly token: TokenSource;
}

/** A method as ts-proto defines it for grpc-js. */
export interface Method<Req, Res, ReqStream extends boolean, ResStream extends boolean> {
  readonly path: string;
  readonly requestStream: ReqStream;
  readonly responseStream: ResStream;
  readonly requestSerialize: (value: Req) => Buffer;
  readonly responseDeserialize: (value: Buffer) => Res;
}

export type Unary<Req, Res> = (request?: Input<Req>, options?: CallOptions) => Promise<Res>;
/** Starts at the first `next()`; leaving the loop, or aborting the signal, cancels the call. */
export type ServerStream<Req, Res> = (request?: Input<Req>, options?: CallOptions) => AsyncGenerator<Res, void, undefined>;
/** Takes the messages as fast as the server does: the iterable is not read ahead of the connection. */
export type ClientStream<Req, Res> = (requests: AsyncIterable<Input<Req>> | Iterable<Input<Req>>, options?: CallOptions) => Promise<Res>;

/** Both at once: starts at the first `next()`; leaving the loop, or aborting the signal, cancels the call and ends the iteration of the requests. */
export type BidiStream<Req, Res> = (requests: AsyncIterable<Input<Req>> | Iterable<Input<Req>>, options?: CallOptions) => AsyncGenerator<Res, void, undefined>;

/** A method that waits for its connection. */
export interface Endpoint<F> {
  readonly path: string;
  /** Carrying it out twice is the same as once, so that it may be sent again after UNAVAILABLE. */
  readonly idempotent: boolean;
  readonly bind: (connection: Connection) => F;
}

export interface EndpointTraits<Req> {
  idempotent?: boolean;
  /** Milliseconds that the server may rightly wait before it answers, on top of the deadline. */
  waits?: (request: Req) => number;
}

function siteOf(connection: Connection, path: string, deadlineMs: number): CallSite {
  return { address: connection.address, method: path.slice(1), deadlineMs };
}

/** Cancels the call when the signal aborts, until `release` is called. */
function follow(signal: AbortSignal | undefined, call: { cancel(): void }): () => void {
  if (!signal) return () => undefined;
  const cancel = () => call.cancel();
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}

export function unary<Req, Res>(method: Method<Req, Res, false, false>, type: MessageType<Req>, traits: EndpointTraits<Req> = {}): Endpoint<Unary<Req, Res>> {
  const bind = (connection: Connection): Unary<Req, Res> => async (input, options = {}) => {
    const request = toMessage(type, input ?? ({} as Input<Req>));
    const deadlineMs = options.deadlineMs ?? connection.defaultDeadlineMs + (traits.waits?.(request) ?? 0);
    return new Promise<Res>((resolve, reject) => {
      let release = () => {};
      const done = (error: ServiceError | null, response?: Res) => {
        release();
        if (error) reject(restoreError(error, siteOf(connection, method.path, deadlineMs)));
        else resolve(response as Res);
      };
      const call: ClientUnaryCall = connection.client.makeUnaryRequest(
        method.path, method.requestSerialize, method.responseDeserialize, request, withToken(options.metadata, connection.token()), { deadline: toDeadline(deadlineMs) }, done,
      );
      release = follow(options.signal, call);
    });
  };
  return { path: method.path, idempotent: traits.idempotent ?? false, bind };
}

export function serverStream<Req, Res>(method: Method<Req, Res, false, true>, type: MessageType<Req>): Endpoint<ServerStream<Req, Res>> {
  const bind = (connection: Connection): ServerStream<Req, Res> => async function* (input, options = {}) {
    const request = toMessage(type, input ?? ({} as Input<Req>));
    const deadlineMs = options.deadlineMs ?? Infinity;
    const call = connection.client.makeServerStreamRequest(
      method.path, method.requestSerialize, method.responseDeserialize, request, withToken(options.metadata, connection.token()), { deadline: toDeadline(deadlineMs) },
    );
    call.on('error', () => undefined); // The loop below reports it; this one keeps a late CANCELLED from being thrown.
    const release = follow(options.signal, call);
    try {
      for await (const message of call) yield message as Res;
    } catch (error) {
      throw restoreError(error, siteOf(connection, method.path, deadlineMs));
    } finally {
      release();
      call.cancel();
    }
  };
  return { path: method.path, idempotent: false, bind };
}

export function clientStream<Req, Res>(method: Method<Req, Res, true, false>, type: MessageType<Req>): Endpoint<ClientStream<Req, Res>> {
  const bind = (connection: Connection): ClientStream<Req, Res> => async (inputs, options = {}) => {
    const deadlineMs = options.deadlineMs ?? Infinity;
    const { promise: answer, resolve, reject } = withResolvers<Res>();
    let answered = false;
    let wake = () => {};
    const call = connection.client.makeClientStreamRequest(
      method.path, method.requestSerialize, method.responseDeserialize, withToken(options.metadata, connection.token()), { deadline: toDeadline(deadlineMs) },
      (error: ServiceError | null, response?: Res) => {
        answered = true;
        wake();
        if (error) reject(restoreError(error, siteOf(connection, method.path, deadlineMs)));
        else resolve(response as Res);
      },
    );
    call.on('error', () => undefined); // The callback reports it.
    call.on('drain', () => wake());
    answer.catch(() => undefined); // Awaited below; until then a refusal is not unhandled.
    const release = follow(options.signal, call);
    try {
      for await (const input of inputs) {
        if (answered) break; // The server refused, or took what it needed: reading on would be for nothing.
        if (!call.write(toMessage(type, input))) {
          await new Promise<void>((go) => {
            wake = go;
            if (answered) go();
          });
        }
      }
      if (!answered) call.end();
      return await answer;
    } catch (error) {
      call.cancel();
      throw error;
    } finally {
      release();
    }
  };
  return { path: method.path, idempotent: false, bind };
}

export function bidiStream<Req, Res>(method: Method<Req, Res, true, true>, type: MessageType<Req>): Endpoint<BidiStream<Req, Res>> {
  const bind = (connection: Connection): BidiStream<Req, Res> => async function* (inputs, options = {}) {
    const deadlineMs = options.deadlineMs ?? Infinity;
    const call = connection.client.makeBidiStreamRequest(
      method.path, method.requestSerialize, method.responseDeserialize, withToken(options.metadata, connection.token()), { deadline: toDeadline(deadlineMs) },
    );
    call.on('error', () => undefined); // The loop below reports it.
    const release = follow(options.signal, call);
    let ended = false;
    let failure: Error | undefined;
    const source: AsyncIterator<Input<Req>> | Iterator<Input<Req>> = Symbol.asyncIterator in inputs ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]();
    const write = async () => {
      for (;;) {
        const next = await source.next();
        if (ended) return;
        if (next.done) break;
        if (!call.write(toMessage(type, next.value))) await writableAgain(call);
      }
      call.end();
    };
    write().catch((error: unknown) => {
      failure = error instanceof Error ? error : new Error(String(error));
      call.cancel();
    });
    try {
      for await (const message of call) yield message as Res;
    } catch (error) {
      throw failure ?? restoreError(error, siteOf(connection, method.path, deadlineMs));
    } finally {
      ended = true;
      release();
      call.cancel();
      // Not awaited: a source that waits for something of its own ends when that has come.
      void Promise.resolve(source.return?.()).catch(() => undefined);
    }
  };
  return { path: method.path, idempotent: false, bind };
}

/** Waits until a call takes more, or is over. */
function writableAgain(call: NodeJS.EventEmitter): Promise<void> {
  const events = ['drain', 'close', 'end', 'error'];
  return new Promise((resolve) => {
    const done = (): void => {
      // Of a long stream there would be thousands.
      for (const event of events) call.off(event, done);
      resolve();
    };
    for (const event of events) call.on(event, done);
  });
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
