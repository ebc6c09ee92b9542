import { once } from 'node:events';
import type { sendUnaryData, ServerDuplexStream, ServerWritableStream, UntypedHandleCall } from '@grpc/grpc-js';
import { toStatus, type CallStatus } from '../errors/to-status';
import { beginCall, type ActiveCall, type CallEnvironment, type ServerCall } from './active-call';
import type { BidiHandler, ClientStreamHandler, MethodShape, ServerStreamHandler, UnaryHandler } from './handlers';
import { orAborted } from './or-aborted';

async function respondOnce(active: ActiveCall, result: () => Promise<unknown>, respond: sendUnaryData<unknown>): Promise<void> {
  let failure: CallStatus | undefined;
  try {
    active.refuseIfOver();
    const { signal } = active.ctx;
    const admitted = active.admit();
    if (admitted) await orAborted(admitted, signal);
    const response = await orAborted(result(), signal);
    respond(null, response);
  } catch (error) {
    failure = toStatus(error, active.ctx.log);
    respond(failure);
  } finally {
    active.end(failure);
  }
}

/** Sends what the handler yields, no faster than the caller reads. */
async function respondMany(
  active: ActiveCall,
  call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  responses: () => AsyncIterable<unknown>,
): Promise<void> {
  let iterator: AsyncIterator<unknown> | undefined;
  let failure: CallStatus | undefined;
  try {
    active.refuseIfOver();
    const { signal } = active.ctx;
    const admitted = active.admit();
    if (admitted) await orAborted(admitted, signal);
    iterator = responses()[Symbol.asyncIterator]();
    for (;;) {
      const next = await orAborted(iterator.next(), signal);
      if (next.done) break;
      if (!call.write(next.value)) await orAborted(once(call, 'drain'), signal);
    }
    iterator = undefined;
    call.end();
  } catch (error) {
    failure = toStatus(error, active.ctx.log);
    call.emit('error', failure);
  } finally {
    active.end(failure);
    // Runs the handler's `finally` blocks. Not awaited: a handler that hangs must not hold up the answer.
    iterator?.return?.().catch((err: unknown) => active.ctx.log.debug({ err }, 'a handler failed after its call was over'));
  }
}

/** A request stream as an iterable that leaves the call open when the handler stops reading early. */
async function* incoming(call: ServerDuplexStream<unknown, unknown>, { ctx, examine }: ActiveCall): AsyncGenerator<unknown> {
  try {
    for await (const message of call.iterator({ destroyOnReturn: false }) as AsyncIterable<unknown>) {
      examine(message);
      yield message;
    }
  } catch (error) {
    throw ctx.signal.aborted ? ctx.signal.reason : error;
  }
}

/** Turns an async function into the handler that grpc-js takes for a method of that kind. */
export function adapt(method: MethodShape, handler: unknown, environment: CallEnvironment): UntypedHandleCall {
  const begin = (call: ServerCall) => beginCall(call, method.path, environment);
  if (method.requestStream && method.responseStream) {
    return ((call: ServerDuplexStream<unknown, unknown>) => {
      const active = begin(call);
      void respondMany(active, call, () => (handler as BidiHandler<unknown, unknown>)(incoming(call, active), active.ctx));
    }) as UntypedHandleCall;
  }
  if (method.requestStream) {
    return ((call: ServerDuplexStream<unknown, unknown>, respond: sendUnaryData<unknown>) => {
      const active = begin(call);
      void respondOnce(active, () => (handler as ClientStreamHandler<unknown, unknown>)(incoming(call, active), active.ctx), respond);
    }) as UntypedHandleCall;
  }
  if (method.responseStream) {
    return ((call: ServerWritableStream<unknown, unknown>) => {
      const active = begin(call);
      void respondMany(active, call, () => {
        active.examine(call.request);
        return (handler as ServerStreamHandler<unknown, unknown>)(call.request, active.ctx);
      });
    }) as UntypedHandleCall;
  }
  return ((call: ServerCall & { request: unknown }, respond: sendUnaryData<unknown>) => {
    const active = begin(call);
    const run = () => {
      active.examine(call.request);
      return (handler as UnaryHandler<unknown, unknown>)(call.request, active.ctx);
    };
    void respondOnce(active, run, respond);
  }) as UntypedHandleCall;
}
