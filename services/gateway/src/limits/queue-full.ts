import { status, type StatusObject } from '@grpc/grpc-js';
import { readDetails } from '@quartet/client';
import { QuartetError } from '@quartet/contracts';

/** A service's answer that a queue is full, opened up; undefined for any other. */
export function readQueueFull({ code, metadata }: Pick<StatusObject, 'code' | 'metadata'>): { retryAfterMs: number } | undefined {
  const found = code === status.RESOURCE_EXHAUSTED ? readDetails(metadata) : undefined;
  const retryAfterMs = found?.options.retryAfterMs ?? 0;
  return found?.info?.reason === 'QUEUE_FULL' && retryAfterMs > 0 ? { retryAfterMs } : undefined;
}

/** What the gateway answers by itself to a call like one that a service has just refused. */
export const stillFull = (title: string, retryAfterMs: number): QuartetError =>
  new QuartetError('QUEUE_FULL', `The ${title} has just refused calls for this model, with about as much time as this one has: too many wait. Send it again in ${retryAfterMs} ms, allow more time, or add replicas.`, { retryAfterMs });
