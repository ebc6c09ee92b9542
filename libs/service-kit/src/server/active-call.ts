import type { EventEmitter } from 'node:events';
import type { Deadline, Metadata } from '@grpc/grpc-js';
import { QuartetError } from '@quartet/contracts';
import { currentTraceparent } from '../telemetry/trace';
import type { Logger } from '../logging/logger';
import { drainingError, type Calls } from './calls';
import type { CallContext } from './handlers';

/** What every call of a server shares. */
export interface CallEnvironment {
  calls: Calls;
  log: Logger;
}

/** What the calls of all kinds have in common. */
export interface ServerCall extends EventEmitter {
  metadata: Metadata;
  cancelled: boolean;
  getDeadline(): Deadline;
  sendMetadata(metadata: Metadata): void;
}

export interface ActiveCall {
  ctx: CallContext;
  /** @throws QuartetError DRAINING, DEADLINE_EXCEEDED or CANCELLED if there is no point in running the handler. */
  refuseIfOver(): void;
  end(): void;
}

function deadlineOf(call: ServerCall): Date | undefined {
  const deadline = call.getDeadline();
  return deadline === Infinity ? undefined : new Date(deadline);
}

function whyOver(method: string, deadline: Date | undefined): QuartetError {
  if (deadline && deadline.getTime() <= Date.now()) {
    return new QuartetError('DEADLINE_EXCEEDED', `${method} took longer than the call's deadline. Allow more time, or send less at once.`);
  }
  return new QuartetError('CANCELLED', `${method} was cancelled by the caller.`);
}

/** Makes the context of a call that has just come in, and counts the call until `end`. */
export function beginCall(call: ServerCall, method: string, { calls, log }: CallEnvironment): ActiveCall {
  const abort = new AbortController();
  const deadline = deadlineOf(call);
  const refusal = calls.draining.aborted ? drainingError() : undefined;
  calls.enter(abort);
  // grpc-js says `cancelled` at the deadline too, and once more when all is over.
  const onCancelled = () => abort.abort(whyOver(method, deadline));
  call.once('cancelled', onCancelled);
  let own: Logger | undefined;
  const sent = call.metadata.get('traceparent')[0];
  return {
    ctx: {
      method,
      signal: abort.signal,
      draining: calls.draining,
      deadline,
      metadata: call.metadata,
      // Made at its first use: most calls have nothing to say.
      get log() {
        return (own ??= log.child({ method }));
      },
      traceparent: currentTraceparent() ?? (typeof sent === 'string' ? sent : undefined),
      sendHeaders: (headers) => call.sendMetadata(headers),
    },
    refuseIfOver() {
      if (refusal) throw refusal;
      if (deadline && deadline.getTime() <= Date.now()) throw whyOver(method, deadline);
      if (call.cancelled) throw whyOver(method, undefined);
    },
    end() {
      call.off('cancelled', onCancelled);
      calls.leave(abort);
    },
  };
}
