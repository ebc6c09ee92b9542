import { Metadata, status } from '@grpc/grpc-js';
import { errorDetails, rpc, type Any, type FieldViolation } from '@quartet/contracts';

/** `domain` of the ErrorInfo in every error. */
export const ERROR_DOMAIN = 'quartet';

/** The trailer that carries a google.rpc.Status. */
export const DETAILS_KEY = 'grpc-status-details-bin';

/**
 * The delay as gRPC's own retries know it (gRFC A6). Not where a process drains: the call is to go to another at once.
 */
const PUSHBACK_KEY = 'grpc-retry-pushback-ms';

/**
 * Peers take 8 KiB of trailers as a rule, the message stands in them twice, once percent-encoded, and the details grow
 * by a third in base64. A trailer too large would be lost whole, and the call would end as an INTERNAL of the client's.
 */
const MESSAGE_BYTES = 1024;
const VIOLATIONS_BYTES = 2048;

export interface ErrorDetails {
  code: number;
  message: string;
  reason: string;
  metadata: Readonly<Record<string, string>>;
  violations: readonly FieldViolation[];
  retryAfterMs?: number;
}

/** Shortens a text to a number of UTF-8 bytes, and makes it well-formed Unicode, which a status message must be. */
export function clip(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return encoded.toString();
  const cut = encoded.subarray(0, bytes - 3).toString().replace(/\uFFFD$/, '');
  return `${cut}...`;
}

export const clipMessage = (text: string): string => clip(text, MESSAGE_BYTES);

/** As many violations as fit, and one more that counts the others. */
function fitting(violations: readonly FieldViolation[]): FieldViolation[] {
  const kept: FieldViolation[] = [];
  let size = 0;
  for (const { field, description } of violations) {
    const next = { field: clip(field, 200), description: clip(description, 600) };
    size += Buffer.byteLength(next.field) + Buffer.byteLength(next.description) + 8;
    if (size > VIOLATIONS_BYTES) return [...kept, { field: '', description: `and ${violations.length - kept.length} more` }];
    kept.push(next);
  }
  return kept;
}

const any = (name: string, value: Uint8Array): Any => ({ typeUrl: `type.googleapis.com/google.rpc.${name}`, value: Buffer.from(value) });

/** The trailers of an error: a google.rpc.Status with one ErrorInfo, and BadRequest and RetryInfo where they apply. */
export function detailsMetadata({ code, message, reason, metadata, violations, retryAfterMs }: ErrorDetails): Metadata {
  const info = { reason, domain: ERROR_DOMAIN, metadata: Object.fromEntries(Object.entries(metadata).map(([k, v]) => [k, clip(v, 300)])) };
  const details = [any('ErrorInfo', errorDetails.ErrorInfo.encode(errorDetails.ErrorInfo.fromPartial(info)).finish())];
  if (violations.length > 0) {
    const bad = errorDetails.BadRequest.fromPartial({ fieldViolations: fitting(violations) });
    details.push(any('BadRequest', errorDetails.BadRequest.encode(bad).finish()));
  }
  if (retryAfterMs !== undefined) {
    const whole = Math.max(0, Math.round(retryAfterMs));
    const retryDelay = { seconds: BigInt(Math.floor(whole / 1000)), nanos: (whole % 1000) * 1e6 };
    details.push(any('RetryInfo', errorDetails.RetryInfo.encode(errorDetails.RetryInfo.fromPartial({ retryDelay })).finish()));
  }
  const trailers = new Metadata();
  if (code === (status.UNAVAILABLE as number) && retryAfterMs !== undefined && reason !== 'DRAINING') trailers.set(PUSHBACK_KEY, String(Math.max(0, Math.round(retryAfterMs))));
  trailers.set(DETAILS_KEY, Buffer.from(rpc.Status.encode({ code, message: clipMessage(message), details }).finish()));
  return trailers;
}
