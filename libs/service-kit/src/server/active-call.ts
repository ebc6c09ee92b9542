import type { EventEmitter } from 'node:events';
import type { Deadline, Metadata } from '@grpc/grpc-js';
import { QuartetError } from '@quartet/contracts';
import { authorize, examine, permits, type Access } from '../security/access';
import { isChange, type Audit } from '../security/audit';
import { ANONYMOUS, NOBODY, type Caller } from '../security/caller';
import type { CallStatus } from '../errors/to-status';
import { currentTraceparent } from '../telemetry/trace';
import type { Logger } from '../logging/logger';
import { drainingError, type Calls } from './calls';
import type { CallContext } from './handlers';
import { trailerOf } from './trailers';

/** What every call of a server shares. */
export interface CallEnvironment {
  calls: Calls;
  log: Logger;
  /** Unset: for everyone, as health is. */
  access?: Access;
  /** Unset: nothing here changes anything. */
  audit?: Audit;
}

/** What the calls of all kinds have in common. */
export interface ServerCall extends EventEmitter {
  metadata: Metadata;
  cancelled: boolean;
  getDeadline(): Deadline;
  getPeer(): string;
  getAuthContext(): { sslPeerCertificate?: { subject?: { CN?: string | string[] } } };
  sendMetadata(metadata: Metadata): void;
}

export interface ActiveCall {
  ctx: CallContext;
  /** @throws QuartetError DRAINING, DEADLINE_EXCEEDED or CANCELLED if there is no point in running the handler. */
  refuseIfOver(): void;
  /**
   * Tells who calls and checks that it may; undefined if nothing has to be waited for.
   * @throws QuartetError UNAUTHENTICATED, PERMISSION_DENIED or UNAVAILABLE
   */
  admit(): Promise<void> | undefined;
  /** Checks a message that has come in. @throws QuartetError PERMISSION_DENIED */
  examine(message: unknown): void;
  /** Lets go of the call, and writes it down if it is a change; `failure` is what it ended with. */
  end(failure?: CallStatus): void;
  /** Only lets go of it: another goes on with the call. */
  leave(): void;
}

/** Common name of the certificate that a client has shown; undefined: none. */
function certificateOf(call: ServerCall): string | undefined {
  const subject = call.getAuthContext().sslPeerCertificate?.subject;
  const name = Array.isArray(subject?.CN) ? subject.CN[0] : subject?.CN;
  return subject && (name ?? 'unnamed');
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
export function beginCall(call: ServerCall, method: string, { calls, log, access, audit }: CallEnvironment): ActiveCall {
  const started = performance.now();
  let caller: Caller | undefined = access?.open ? ANONYMOUS : undefined;
  let first: unknown;
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
      get caller() {
        return caller ?? ANONYMOUS;
      },
      permits: (model) => !access || permits(caller ?? NOBODY, method, model),
      authorize: (model) => access && authorize(caller ?? NOBODY, method, model),
      traceparent: currentTraceparent() ?? (typeof sent === 'string' ? sent : undefined),
      trailer: trailerOf(call.metadata),
      sendHeaders: (headers) => call.sendMetadata(headers),
    },
    refuseIfOver() {
      if (refusal) throw refusal;
      if (deadline && deadline.getTime() <= Date.now()) throw whyOver(method, deadline);
      if (call.cancelled) throw whyOver(method, undefined);
    },
    admit() {
      if (!access || access.open) return undefined;
      return access.admit(method, { metadata: call.metadata, certificate: certificateOf(call) }, (known) => (caller = known));
    },
    examine(message) {
      first ??= message;
      if (access && !access.open) examine(caller ?? NOBODY, method, message);
    },
    end(failure) {
      if (audit && isChange(method)) audit({ caller, method, request: first, failure, peer: call.getPeer(), ms: performance.now() - started });
      this.leave();
    },
    leave() {
      call.off('cancelled', onCancelled);
      calls.leave(abort);
    },
  };
}
