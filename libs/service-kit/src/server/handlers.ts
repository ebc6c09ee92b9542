import type { Metadata } from '@grpc/grpc-js';
import type { Logger } from '../logging/logger';
import type { Caller } from '../security/caller';

/** What a handler knows of its call besides the request. */
export interface CallContext {
  /** `/quartet.cnn.v1.CnnService/Classify` */
  readonly method: string;
  /** Aborts when the caller cancels, the deadline passes, or a drain runs out of time; `reason` is a QuartetError. */
  readonly signal: AbortSignal;
  /** Aborts when the process begins to drain. A stream without an end of its own ends on it; other calls finish. */
  readonly draining: AbortSignal;
  /** undefined: none. */
  readonly deadline: Date | undefined;
  readonly metadata: Metadata;
  readonly log: Logger;
  /** Who calls. The kit has checked its role, for the models that the request names. */
  readonly caller: Caller;
  /** Whether the caller may use this method for a model: what a list may hold. */
  permits: (model: string) => boolean;
  /**
   * For a method that finds out by itself which model it is about.
   * @throws QuartetError PERMISSION_DENIED
   */
  authorize: (model: string) => void;
  /** W3C trace context of the call: of its span, or as the caller sent it when telemetry is off. */
  readonly traceparent: string | undefined;
  /** Sent with the status, whichever it is: what is known of the call when it ends. */
  readonly trailer: Metadata;
  /** Sends the response's headers ahead of its first message. */
  sendHeaders: (headers: Metadata) => void;
}

export type UnaryHandler<Q, R> = (request: Q, ctx: CallContext) => Promise<R>;
export type ServerStreamHandler<Q, R> = (request: Q, ctx: CallContext) => AsyncIterable<R>;
export type ClientStreamHandler<Q, R> = (requests: AsyncIterable<Q>, ctx: CallContext) => Promise<R>;
export type BidiHandler<Q, R> = (requests: AsyncIterable<Q>, ctx: CallContext) => AsyncIterable<R>;

/** One method as ts-proto describes it to grpc-js. */
export interface MethodShape {
  path: string;
  requestStream: boolean;
  responseStream: boolean;
  // ts-proto's functions take one message type each; `never` lets each of them in.
  requestSerialize: (value: never) => Buffer;
  requestDeserialize: (bytes: Buffer) => unknown;
  responseSerialize: (value: never) => Buffer;
  responseDeserialize: (bytes: Buffer) => unknown;
}

export type ServiceShape = Readonly<Record<string, MethodShape>>;

type Request<M extends MethodShape> = ReturnType<M['requestDeserialize']>;
type Response<M extends MethodShape> = ReturnType<M['responseDeserialize']>;

/** The handler that a method takes, by its kind of streaming. */
export type HandlerOf<M extends MethodShape> = M['requestStream'] extends true
  ? M['responseStream'] extends true
    ? BidiHandler<Request<M>, Response<M>>
    : ClientStreamHandler<Request<M>, Response<M>>
  : M['responseStream'] extends true
    ? ServerStreamHandler<Request<M>, Response<M>>
    : UnaryHandler<Request<M>, Response<M>>;

export type Implementation<D extends ServiceShape> = { [K in keyof D]: HandlerOf<D[K]> };

/** A service definition with the handlers of all its methods. */
export interface ServiceRegistration {
  definition: ServiceShape;
  implementation: Readonly<Record<string, (input: never, ctx: CallContext) => unknown>>;
}

/**
 * Pairs a generated service definition with its handlers, checked against each other.
 * @example service(CnnServiceService, { classify: async (request, ctx) => ..., ... })
 */
export function service<D extends ServiceShape>(definition: D, implementation: Implementation<D>): ServiceRegistration {
  return { definition, implementation };
}

/** `quartet.cnn.v1.CnnService` of a definition. */
export function serviceNameOf(definition: ServiceShape): string {
  const path = Object.values(definition)[0]?.path ?? '';
  return path.split('/')[1] ?? '';
}
