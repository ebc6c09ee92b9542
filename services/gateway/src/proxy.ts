import type { Duplex } from 'node:stream';
import { status, type Metadata, type ServerDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { beginCall, toStatus, type ActiveCall, type CallEnvironment, type CallStatus } from '@quartet/service-kit';
import type { Destination } from './destination';
import { firstMessage } from './first-message';
import { forwardable } from './metadata';
import { upstreamStatus, wasAnswered } from './upstream-status';
import type { Workload } from './workload';

/** What stands before every call: throws a QuartetError for one that isn't let in. */
export type Admission = (metadata: Metadata) => void;

type RawCall = ServerDuplexStream<Buffer, Buffer>;

/**
 * The handler of one method: passes the messages on as they are, both ways and no faster than the slower side reads,
 * with metadata, deadline, cancellation, trailers and error details.
 */
export function proxy(path: string, destination: Destination, environment: CallEnvironment, admit: Admission): (call: RawCall) => void {
  return (call) => {
    const active = beginCall(call, path, environment);
    const { ctx } = active;
    let leave = (): void => undefined;
    const refuse = (error: unknown) => {
      leave();
      active.end();
      call.emit('error', toStatus(error, ctx.log));
    };
    const enter = (workload: Workload, bytes: number): void | Promise<void> => {
      leave = workload.enter();
      if (workload.isReady) return passOn(path, call, active, workload, leave);
      return workload.untilReady(bytes, ctx.signal).then(() => passOn(path, call, active, workload, leave));
    };
    try {
      active.refuseIfOver();
      admit(call.metadata);
      const { fixed } = destination;
      const begun = fixed ? enter(fixed, 0) : firstMessage(call, ctx.signal).then((message) => enter(destination.of(message), message.length));
      if (begun) begun.catch(refuse);
    } catch (error) {
      refuse(error);
    }
  };
}

function passOn(path: string, call: RawCall, active: ActiveCall, { upstream }: Workload, leave: () => void): void {
  const { signal, deadline, log } = active.ctx;
  const up = upstream.open(path, forwardable(call.metadata), deadline);
  // Both are Node's duplex streams; grpc-js types them by their messages, which `pipe` can't take.
  const [callStream, upStream] = [call, up] as unknown as [Duplex, Duplex];
  let over = false;
  let sentAll = false;
  let answer: StatusObject | undefined;

  const end = (failure?: CallStatus) => {
    if (over) return;
    over = true;
    signal.removeEventListener('abort', onAbort);
    active.end();
    leave();
    callStream.unpipe(upStream);
    // How long to wait is in the details; the gateway's own retries have used the header up.
    failure?.metadata.remove('grpc-retry-pushback-ms');
    if (failure) call.emit('error', failure);
    else call.end(forwardable(answer!.metadata));
  };
  // The status may be known before the last messages have been passed on; they go first.
  const endIfDone = () => {
    if (answer && sentAll) end(answer.code === status.OK ? undefined : upstreamStatus(answer, upstream, path));
  };
  const onAbort = () => {
    up.cancel();
    end(toStatus(signal.reason, log));
  };

  signal.addEventListener('abort', onAbort, { once: true });
  up.on('metadata', (headers) => {
    upstream.note(true);
    call.sendMetadata(forwardable(headers));
  });
  up.on('end', () => {
    sentAll = true;
    endIfDone();
  });
  up.on('status', (received: StatusObject) => {
    answer = received;
    upstream.note(wasAnswered(received));
    endIfDone();
  });
  up.on('error', () => undefined); // Comes with the status.
  upStream.pipe(callStream, { end: false });
  callStream.pipe(upStream);
}
