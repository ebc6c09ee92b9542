import type { ServerDuplexStream } from '@grpc/grpc-js';
import { toStatus } from '../errors/to-status';
import { beginCall, type CallEnvironment } from '../server/active-call';

type RawCall = ServerDuplexStream<Buffer, Buffer>;

/**
 * A handler of raw calls that runs only for callers with the method's role. The models can't be checked where messages pass
 * undecoded; whoever decodes them does. What is denied here is written down here; of the rest, the service does that.
 */
export function admitted(path: string, environment: CallEnvironment, handler: (call: RawCall) => void): (call: RawCall) => void {
  if (!environment.access || environment.access.open) return handler;
  return (call) => {
    const active = beginCall(call, path, environment);
    const letIn = active.admit() ?? Promise.resolve();
    letIn.then(
      () => {
        active.leave();
        handler(call);
      },
      (error: unknown) => {
        const failure = toStatus(error, active.ctx.log);
        active.end(failure);
        call.emit('error', failure);
      },
    );
  };
}
