import { randomUUID } from 'node:crypto';
import { status, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { QuartetError, STATUS_OF_REASON, type Reason } from '@quartet/contracts';
import type { Logger } from '../logging/logger';
import { clipMessage, DETAILS_KEY, detailsMetadata } from './details';

/** What a call ends with: grpc-js takes it as an error, a status or the argument of an `error` event alike. */
export interface CallStatus extends Error {
  code: status;
  details: string;
  metadata: Metadata;
  reason: string;
}

type QuartetLike = Pick<QuartetError, 'message' | 'reason'> & Partial<Pick<QuartetError, 'violations' | 'retryAfterMs' | 'metadata'>>;

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Builds a status with its details from a reason. */
export function statusOf(error: QuartetLike): CallStatus {
  const known = Object.hasOwn(STATUS_OF_REASON, error.reason);
  const code = known ? STATUS_OF_REASON[error.reason] : status.INTERNAL;
  const message = clipMessage(error.message);
  const metadata = detailsMetadata({
    code,
    message,
    reason: known ? error.reason : 'INTERNAL',
    metadata: error.metadata ?? {},
    violations: error.violations ?? [],
    retryAfterMs: error.retryAfterMs,
  });
  return Object.assign(new Error(message), { code, details: message, metadata, reason: error.reason });
}

function isServiceError(error: ErrorLike): error is ServiceError {
  return typeof error.code === 'number' && typeof (error as Partial<ServiceError>).details === 'string';
}

/** By its shape: an `instanceof` fails for an error from another realm. */
type ErrorLike = Error & { code?: unknown };
const isErrorLike = (error: unknown): error is ErrorLike => typeof error === 'object' && error !== null && 'name' in error && 'message' in error;

/** What a Node, DOM or upstream error says about its reason; undefined for a fault of ours. */
function classify(error: unknown): QuartetLike | undefined {
  if (!isErrorLike(error)) return undefined;
  const { code } = error;
  if (typeof code === 'string' && DISK_FULL.has(code)) {
    return { reason: 'DISK_FULL', message: 'No space is left on the disk of the service. Free some, then send the request again.' };
  }
  if (error.name === 'TimeoutError') return { reason: 'DEADLINE_EXCEEDED', message: 'The call took longer than its deadline allows.' };
  if (error.name === 'AbortError') {
    return QuartetError.is(error.cause) ? error.cause : { reason: 'CANCELLED', message: 'The call was cancelled.' };
  }
  if (code === status.UNAVAILABLE) {
    return { reason: 'UNAVAILABLE', message: 'A service that this call needs is not reachable just now. Send it again later.', retryAfterMs: 1000 };
  }
  if (code === status.DEADLINE_EXCEEDED) return { reason: 'DEADLINE_EXCEEDED', message: 'A service that this call needs did not answer within the deadline.' };
  if (code === status.CANCELLED) return { reason: 'CANCELLED', message: 'The call was cancelled.' };
  return undefined;
}

/**
 * Turns anything thrown into the status that the caller gets. A QuartetError (core's own included) travels under its
 * reason; an upstream's status with details passes as it is; whatever is left is a fault of ours: INTERNAL with an
 * incident id, under which the log, and only the log, has the error with its stack.
 */
export function toStatus(error: unknown, log?: Logger): CallStatus {
  const internal = QuartetError.is(error) && (error.reason === 'INTERNAL' || !Object.hasOwn(STATUS_OF_REASON, error.reason));
  if (QuartetError.is(error) && !internal) return statusOf(error);
  if (isErrorLike(error) && isServiceError(error) && error.metadata?.get(DETAILS_KEY).length > 0) {
    return Object.assign(new Error(error.details), { code: error.code, details: error.details, metadata: error.metadata, reason: 'UPSTREAM' });
  }
  const known = internal ? undefined : classify(error);
  if (known) {
    log?.warn({ err: error, reason: known.reason satisfies Reason }, 'call failed');
    return statusOf(known);
  }
  const incident = randomUUID();
  log?.error({ err: error, incident }, 'internal error');
  const message = `The service failed in a way that is not the caller's fault; its log has the details under incident ${incident}.`;
  return statusOf({ reason: 'INTERNAL', message, metadata: { incident } });
}
