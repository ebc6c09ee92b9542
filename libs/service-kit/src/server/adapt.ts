import { once } from 'node:events';
import type { sendUnaryData, ServerDuplexStream, ServerWritableStream, UntypedHandleCall } from '@grpc/grpc-js';
import { toStatus } from '../errors/to-status';
import { beginCall, type ActiveCall, type CallEnvironment, type ServerCall } from './active-call';
import type { BidiHandler, ClientStreamHandler, MethodShape, ServerStreamHandler, UnaryHandler } from './handlers';
import { orAborted } from './or-aborted';

async function respondOnce(active: ActiveCall, result: () => Promise<unknown>, respond: sendUnaryData<unknown>): Promise<void> {
  try {
    active.refuseIfOver();
    const response = await orAborted(result(), active.ctx.signal);
    respond(null, response);
  } catch (error) {
    respond(toStatus(error, active.ctx.log));
  } finally {
    active.end();
  }
}

/** Sends what the handler yields, no faster than the caller reads. */
async function respondMany(
  active: ActiveCall,
  call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  responses: () => AsyncIterable<unknown>,
): Promise<void> {
  let iterator: AsyncIterator<unknown> | undefined;
  try {
    active.refuseIfOver();
    const { signal } = active.ctx;
    iterator = responses()[Symbol.asyncIterator]();
    for (;;) {
      const next = await orAborted(iterator.next(), signal);
      if (next.done) break;
      if (!call.write(next.value)) await orAborted(once(call, 'drain'), signal);
    }
    iterator = undefined;
    call.end();
  } catch (error) {
    call.emit('error', toStatus(error, active.ctx.log));
  } finally {
    active.end();
    // Runs the handler's `finally` blocks. Not awaited: a handler that hangs must not hold up the answer.
    iterator?.return?.().catch((err: unknown) => active.ctx.log.debug({ err }, 'a handler failed after its call was over'));
  }
}

/** A request stream as an iterable that leaves the call open when the handler stops reading early. */
async function* incoming(call: ServerDuplexStream<unknown, unknown>, signal: AbortSignal): AsyncGenerator<unknown> {
  try {
    for await (const message of call.iterator({ destroyOnReturn: false }) as AsyncIterable<unknown>) yield message;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

/** Turns an async function into the handler that grpc-js takes for a method of that kind. */
export function adapt(method: MethodShape, handler: unknown, environment: CallEnvironment): UntypedHandleCall {
  const begin = (call: ServerCall) => beginCall(call, method.path, environment);
  if (method.requestStream && method.responseStream) {
    return ((call: ServerDuplexStream<unknown, unknown>) => {
      const active = begin(call);
      void respondMany(active, call, () => (handler as BidiHandler<unknown, unknown>)(incoming(call, active.ctx.signal), active.ctx));
    }) as UntypedHandleCall;
  }
  if (method.requestStream) {
    return ((call: ServerDuplexStream<unknown, unknown>, respond: sendUnaryData<unknown>) => {
      const active = begin(call);
      void respondOnce(active, () => (handler as ClientStreamHandler<unknown, unknown>)(incoming(call, active.ctx.signal), active.ctx), respond);
    }) as UntypedHandleCall;
  }
  if (method.responseStream) {
    return ((call: ServerWritableStream<unknown, unknown>) => {
      const active = begin(call);
      void respondMany(active, call, () => (handler as ServerStreamHandler<unknown, unknown>)(call.request, active.ctx));
    }) as UntypedHandleCall;
  }
  return ((call: ServerCall & { request: unknown }, respond: sendUnaryData<unknown>) => {
    const active = begin(call);
    void respondOnce(active, () => (handler as UnaryHandler<unknown, unknown>)(call.request, active.ctx), respond);
  }) as UntypedHandleCall;
}
