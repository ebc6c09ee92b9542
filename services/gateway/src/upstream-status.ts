import { status, type StatusObject } from '@grpc/grpc-js';
import { QuartetError } from '@quartet/contracts';
import { DETAILS_KEY, statusOf, type CallStatus } from '@quartet/service-kit';
import { forwardable } from './metadata';
import type { Upstream } from './upstream';

type Where = Pick<Upstream, 'title' | 'address' | 'setting'>;

const RETRY_AFTER_MS = 1000;

const unavailable = (message: string) => new QuartetError('UNAVAILABLE', message, { retryAfterMs: RETRY_AFTER_MS });

function unreachable({ title, address, setting }: Where): QuartetError {
  return unavailable(`The ${title} isn't reachable at ${address}; is it running? ${setting} says where it is. Send the call again later.`);
}

function lost({ title, address }: Where): QuartetError {
  return unavailable(`The connection to the ${title} at ${address} was lost during the call; it may have been carried out. Check before sending it again.`);
}

/** What grpc-js says where no connection could be made, as opposed to one that broke. */
const NEVER_CONNECTED = /No connection established|Name resolution failed|ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|Failed to connect|No addresses resolved/;

/** What it says where a connection broke under a call. */
const BROKEN = /RST_STREAM|[Cc]onnection|ECONNRESET|ended without/;

/**
 * Whether a status came from the service: false if grpc-js made it up because none came; undefined for a deadline that passed or a
 * call that was cancelled, which say nothing of the service.
 */
export function wasAnswered({ code, details, metadata }: StatusObject): boolean | undefined {
  if (metadata.get(DETAILS_KEY).length > 0) return true;
  if (code === status.CANCELLED || code === status.DEADLINE_EXCEEDED) return undefined;
  if (code === status.UNAVAILABLE) return false;
  return !((code === status.INTERNAL || code === status.UNKNOWN) && BROKEN.test(details));
}

function explain(code: status, details: string, where: Where, path: string): QuartetError | undefined {
  switch (code) {
    case status.UNAVAILABLE:
      return NEVER_CONNECTED.test(details) ? unreachable(where) : lost(where);
    case status.CANCELLED:
      return lost(where); // Not by the caller: that is answered before it gets here.
    case status.INTERNAL:
    case status.UNKNOWN:
      return BROKEN.test(details) ? lost(where) : undefined;
    case status.DEADLINE_EXCEEDED:
      return new QuartetError('DEADLINE_EXCEEDED', `The ${where.title} gave no answer to ${path} within the call's deadline. Allow more time, or send less at once.`);
    case status.RESOURCE_EXHAUSTED:
      return /larger than max/.test(details)
        ? new QuartetError('LIMIT_EXCEEDED', `The response of ${path} is larger than a message may be. Ask for less at once, or raise QUARTET_MAX_MESSAGE_BYTES on both sides.`)
        : undefined;
    default:
      return undefined;
  }
}

/**
 * What the caller gets for a failed upstream call: a status with details just as it is; one that grpc-js made up for
 * want of an answer, in words that say which service, where, and which setting.
 */
export function upstreamStatus({ code, details, metadata }: StatusObject, where: Where, path: string): CallStatus {
  if (metadata.get(DETAILS_KEY).length === 0) {
    const known = explain(code, details, where, path);
    if (known) return statusOf(known);
  }
  return Object.assign(new Error(details), { code, details, metadata: forwardable(metadata), reason: 'UPSTREAM' });
}
