import { status } from '@grpc/grpc-js';
import { REASON_OF_STATUS, type Reason } from '@quartet/contracts';
import { DETAILS_KEY } from './details';
import { statusOf, type CallStatus } from './to-status';

interface PlainStatus {
  code?: status | null;
  details?: string | null;
  metadata?: { get(key: string): unknown[] } | null;
}

function reworded(code: status, details: string, path: string): { reason: Reason; message: string } | undefined {
  const tooLarge = /^(Received|Sent) message larger than max \((\d+) vs\.? (\d+)\)/.exec(details);
  if (tooLarge) {
    const what = tooLarge[1] === 'Received' ? 'The request' : 'The response';
    const message = `${what} of ${path} is ${tooLarge[2]} bytes; the limit is ${tooLarge[3]}. Send less at once, or raise QUARTET_MAX_MESSAGE_BYTES on both sides.`;
    return { reason: 'LIMIT_EXCEEDED', message };
  }
  if (details.startsWith('Error deserializing request')) {
    return { reason: 'INVALID_FIELD', message: `The request of ${path} is not a message of the type that the method takes. Check that the proto is this version's.` };
  }
  if (code === status.DEADLINE_EXCEEDED) {
    return { reason: 'DEADLINE_EXCEEDED', message: `${path} took longer than the call's deadline. Allow more time, or send less at once.` };
  }
  if (code === status.UNIMPLEMENTED && details.includes('does not implement')) {
    return { reason: 'UNIMPLEMENTED', message: `There is no method ${path} here. Check the name, or list the services by reflection.` };
  }
  const reason = REASON_OF_STATUS[code];
  return reason && { reason, message: details || status[code] };
}

/**
 * The status that a call ends with, given details if it has none: grpc-js ends calls by itself, when a message is too
 * large or can't be decoded, when the deadline passes or there is no such method. undefined if nothing is to be added, or
 * if no reason goes with the code, which then stays as it is.
 */
export function completeStatus(plain: PlainStatus, path: string): CallStatus | undefined {
  const code = plain.code ?? status.UNKNOWN;
  if (code === status.OK || (plain.metadata?.get(DETAILS_KEY) ?? []).length > 0) return undefined;
  const known = reworded(code, plain.details ?? '', path);
  return known && statusOf(known);
}
