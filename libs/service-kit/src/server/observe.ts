import { status, type Metadata, type ServerInterceptingCall, type ServerInterceptingCallInterface, type ServerInterceptor } from '@grpc/grpc-js';
import { completeStatus } from '../errors/complete-status';
import type { Logger } from '../logging/logger';
import { recordCall } from '../telemetry/metrics';
import { withTrailers } from './trailers';

/** Probes, reflection and what KEDA asks come every few seconds; they are counted, not logged. */
const QUIET = /^\/(grpc|externalscaler)\./;

/** Faults of the service, which someone should look at. */
const FAULTS = new Set([status.UNKNOWN, status.INTERNAL, status.DATA_LOSS]);

/**
 * grpc-js 1.14 computes a deadline in 32 bits, so one of 25 days or more may come out in the past and end the call at
 * once. A timeout is never negative: such a call has, for all that matters, no deadline.
 */
function ignoreOverflow(call: ServerInterceptingCallInterface): void {
  const base = call as unknown as { deadline: number; deadlineTimer: NodeJS.Timeout | null };
  if (base.deadline < Date.now() - 60_000) {
    if (base.deadlineTimer) clearTimeout(base.deadlineTimer);
    base.deadlineTimer = null;
    base.deadline = Infinity;
  }
}

/**
 * The interceptor through which every call's end passes: counts and times it, writes the access log, and sees to it
 * that an error has its details even if grpc-js ended the call by itself. For that it stands in place of the call's own
 * sendStatus: grpc-js's interceptors don't see the statuses that its base call sends.
 */
export function observe(log: Logger): ServerInterceptor {
  return (method, call) => {
    ignoreOverflow(call);
    const started = performance.now();
    let ended = false;
    let received: Metadata | undefined;
    const end = (code: status, details?: string | null) => {
      if (ended) return;
      ended = true;
      const ms = Math.round((performance.now() - started) * 1000) / 1000;
      const [, service = '', name = ''] = method.path.split('/');
      recordCall(service, name, status[code], ms);
      if (QUIET.test(method.path)) return;
      const level = FAULTS.has(code) ? 'error' : code === status.OK ? 'info' : 'warn';
      log[level]({ method: method.path, code: status[code], ms, peer: call.getPeer(), details: code === status.OK ? undefined : details }, 'call');
    };
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (plain) => {
      const complete = completeStatus(plain, method.path) ?? plain;
      end(complete.code ?? status.UNKNOWN, complete.details);
      sendStatus({ code: complete.code, details: complete.details, metadata: withTrailers(complete.metadata, received) });
    };
    const start = call.start.bind(call);
    call.start = (listener) => {
      start({
        ...listener,
        onReceiveMetadata: (metadata) => {
          received = metadata;
          listener.onReceiveMetadata(metadata);
        },
        onCancel: () => {
          end(status.CANCELLED, 'cancelled by the caller');
          listener.onCancel();
        },
      });
    };
    // The type asks for the class; grpc-js itself passes the bare interface from one interceptor to the next.
    return call as ServerInterceptingCall;
  };
}
