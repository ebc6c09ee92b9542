import { status, type Metadata, type ServerDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { beginCall, PRIORITY_KEY, toStatus, type CallEnvironment, type CallStatus } from '@quartet/service-kit';
import type { Destination } from './destination';
import type { Asked } from './limits/refusals';
import { forwardable } from './metadata';
import type { Admission } from './proxy';
import { upstreamStatus, wasAnswered } from './upstream-status';
import type { Workload } from './workload';

type RawCall = ServerDuplexStream<Buffer, Buffer>;

const EMPTY = Buffer.alloc(0);

const bytesOf = (messages: readonly Buffer[]): number => messages.reduce((sum, message) => sum + message.length, 0);

/**
 * The handler of a unary method. Unlike a stream's it waits for the one message of either side to be complete, and then sends headers, message
 * and end together: one packet, and one time to wake the other side, in place of three. The methods are registered as streams all the same (decision 0050).
 */
export function proxyUnary(path: string, destination: Destination, environment: CallEnvironment, admit: Admission): (call: RawCall) => void {
  return (call) => {
    const active = beginCall(call, path, environment);
    const { ctx } = active;
    const { signal, deadline } = ctx;
    let leave = (): void => undefined;
    let over = false;
    let cancelUpstream = (): void => undefined;
    const end = (failure?: CallStatus): boolean => {
      if (over) return false;
      over = true;
      signal.removeEventListener('abort', onAbort);
      active.end();
      leave();
      // How long to wait is in the details; the gateway's own retries have used the header up.
      failure?.metadata.remove('grpc-retry-pushback-ms');
      if (failure) call.emit('error', failure);
      return true;
    };
    const onAbort = () => {
      cancelUpstream();
      end(toStatus(signal.reason, ctx.log));
    };
    let workload: Workload | undefined;
    const fail = (error: unknown) => void end(toStatus(error, ctx.log));
    try {
      active.refuseIfOver();
      admit(call.metadata);
      // Before its message is taken in, where that doesn't say where the call goes.
      workload = destination.fixed;
      if (workload) leave = workload.enter();
    } catch (error) {
      fail(error);
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    const requests: Buffer[] = [];
    call.on('data', (message: Buffer) => requests.push(message));
    const askedOf = (): Asked | undefined => {
      const queue = destination.queueOf?.(requests[0] ?? EMPTY);
      if (queue === undefined) return undefined;
      const priority = String(call.metadata.get(PRIORITY_KEY)[0] ?? '');
      return { queue: `${path} ${priority} ${queue}`, leftMs: deadline ? deadline.getTime() - Date.now() : Infinity, bytes: bytesOf(requests) };
    };
    const passOn = ({ upstream }: Workload, asked?: Asked) => {
      if (over) return;
      const up = upstream.open(path, forwardable(call.metadata), deadline);
      cancelUpstream = () => up.cancel();
      let headers: Metadata | undefined;
      let answer: StatusObject | undefined;
      let complete = false;
      const responses: Buffer[] = [];
      // The status may be known before the message has been handed over.
      const endIfDone = () => {
        if (!answer || !complete) return;
        if (!end(answer.code === status.OK ? undefined : upstreamStatus(answer, upstream, path)) || answer.code !== status.OK) return;
        if (headers) call.sendMetadata(forwardable(headers));
        for (const message of responses) call.write(message);
        call.end(forwardable(answer.metadata));
      };
      up.on('metadata', (received) => (headers = received));
      up.on('data', (message: Buffer) => responses.push(message));
      up.on('end', () => {
        complete = true;
        endIfDone();
      });
      up.on('error', () => undefined); // Comes with the status.
      up.on('status', (received: StatusObject) => {
        answer = received;
        upstream.note(headers ? true : wasAnswered(answer));
        if (asked) upstream.noteRoom(asked, up.getPeer(), answer);
        endIfDone();
      });
      for (const message of requests) up.write(message);
      up.end();
    };
    call.once('end', () => {
      if (over) return;
      try {
        if (!workload) {
          workload = destination.of(requests[0] ?? EMPTY);
          leave = workload.enter();
        }
        if (workload.isReady) {
          const asked = askedOf();
          if (asked) workload.upstream.checkRoom(asked);
          return passOn(workload, asked);
        }
        workload.untilReady(bytesOf(requests), signal).then(passOn.bind(undefined, workload, undefined), fail);
      } catch (error) {
        fail(error);
      }
    });
  };
}
