import type { Metadata } from '@grpc/grpc-js';
import { errorDetails, rpc } from '@quartet/contracts';

export interface ReadDetails {
  code: number;
  message: string;
  types: string[];
  reason: string;
  domain: string;
  metadata: Record<string, string>;
  violations: { field: string; description: string }[];
  retryAfterMs: number | undefined;
}

/** Opens the google.rpc.Status in an error's trailers. */
export function readDetails(trailers: Metadata): ReadDetails {
  const [bytes, ...more] = trailers.get('grpc-status-details-bin');
  if (!Buffer.isBuffer(bytes) || more.length > 0) throw new Error(`expected one grpc-status-details-bin, got ${JSON.stringify(trailers.getMap())}`);
  const { code, message, details } = rpc.Status.decode(bytes);
  const find = (name: string) => details.find(({ typeUrl }) => typeUrl === `type.googleapis.com/google.rpc.${name}`)?.value;
  const info = errorDetails.ErrorInfo.decode(find('ErrorInfo') ?? Buffer.alloc(0));
  const bad = find('BadRequest');
  const retry = find('RetryInfo');
  const delay = retry && errorDetails.RetryInfo.decode(retry).retryDelay;
  return {
    code,
    message,
    types: details.map(({ typeUrl }) => typeUrl.replace('type.googleapis.com/google.rpc.', '')),
    reason: info.reason,
    domain: info.domain,
    metadata: info.metadata,
    violations: bad ? errorDetails.BadRequest.decode(bad).fieldViolations.map(({ field, description }) => ({ field, description })) : [],
    retryAfterMs: delay ? Number(delay.seconds) * 1000 + delay.nanos / 1e6 : undefined,
  };
}
