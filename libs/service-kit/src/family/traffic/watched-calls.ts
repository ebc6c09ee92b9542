import type { Version } from '@quartet/contracts';
import type { CallContext, MethodShape, ServiceRegistration } from '../../server/handlers';

/** What is known of a call beside its context, which its handler passes on. */
export interface WatchedCall {
  /** The version that the call's reference was resolved to. */
  version?: Version;
  /** In place of production: what a copy of a call is to be answered by. */
  instead?: Version;
}

export interface CallWatch {
  /** Of a call that has begun; its signal leads to it. */
  begin(context: CallContext): WatchedCall;
  /** @param ms undefined for a stream */
  ended(call: WatchedCall, error: unknown, ms: number | undefined): void;
  /** After the answer to a call that may be copied. `again` asks the same of another version. */
  answered(call: WatchedCall, context: CallContext, response: unknown, ms: number, again: (context: CallContext) => Promise<unknown>): void;
}

type Unary = (request: unknown, context: CallContext) => Promise<unknown>;
type Streaming = (request: unknown, context: CallContext) => AsyncIterable<unknown>;

function watchUnary(handler: Unary, watch: CallWatch): Unary {
  return async (request, context) => {
    const call = watch.begin(context);
    const started = performance.now();
    try {
      const response = await handler(request, context);
      const ms = performance.now() - started;
      watch.ended(call, undefined, ms);
      watch.answered(call, context, response, ms, (other) => handler(request, other));
      return response;
    } catch (error) {
      watch.ended(call, error, performance.now() - started);
      throw error;
    }
  };
}

function watchStream(handler: Streaming, watch: CallWatch): Streaming {
  return async function* (request, context) {
    const call = watch.begin(context);
    try {
      yield* handler(request, context);
      watch.ended(call, undefined, undefined);
    } catch (error) {
      watch.ended(call, error, undefined);
      throw error;
    }
  };
}

/** The services with each handler watched. Nothing else about them changes. */
export function watched(services: readonly ServiceRegistration[], watch: CallWatch): ServiceRegistration[] {
  const wrap = (method: MethodShape, handler: unknown): unknown => {
    if (method.responseStream) return watchStream(handler as Streaming, watch);
    return method.requestStream ? handler : watchUnary(handler as Unary, watch);
  };
  return services.map(({ definition, implementation }) => ({
    definition,
    implementation: Object.fromEntries(Object.entries(implementation).map(([name, handler]) => [name, wrap(definition[name]!, handler)])) as ServiceRegistration['implementation'],
  }));
}
