import { status, type StatusObject } from '@grpc/grpc-js';
import { errorDetails, QuartetError, rpc } from '@quartet/contracts';
import { DETAILS_KEY } from '@quartet/service-kit';

/** A service's answer that a queue is full, opened up; undefined for any other. */
export function readQueueFull({ code, metadata }: Pick<StatusObject, 'code' | 'metadata'>): { retryAfterMs: number } | undefined {
  const bytes = metadata.get(DETAILS_KEY)[0];
  if (code !== status.RESOURCE_EXHAUSTED || !Buffer.isBuffer(bytes)) return undefined;
  let full = false;
  let retryAfterMs = 0;
  try {
    for (const { typeUrl, value } of rpc.Status.decode(bytes).details) {
      if (typeUrl.endsWith('/google.rpc.ErrorInfo')) full = errorDetails.ErrorInfo.decode(value).reason === 'QUEUE_FULL';
      if (typeUrl.endsWith('/google.rpc.RetryInfo')) {
        const { seconds = 0n, nanos = 0 } = errorDetails.RetryInfo.decode(value).retryDelay ?? {};
        retryAfterMs = Number(seconds) * 1000 + nanos / 1e6;
      }
    }
  } catch {
    return undefined; // Not a google.rpc.Status.
  }
  return full && retryAfterMs > 0 ? { retryAfterMs } : undefined;
}

/** What the gateway answers by itself to a call like one that a service has just refused. */
export const stillFull = (title: string, retryAfterMs: number): QuartetError =>
  new QuartetError('QUEUE_FULL', `The ${title} has just refused calls for this model, with about as much time as this one has: too many wait. Send it again in ${retryAfterMs} ms, allow more time, or add replicas.`, { retryAfterMs });
