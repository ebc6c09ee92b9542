import { Metadata } from '@grpc/grpc-js';

/** Settings of one call. */
export interface CallOptions {
  /** Milliseconds until the call fails with DEADLINE_EXCEEDED; Infinity: never. Default: the client's, none for streams. */
  deadlineMs?: number;
  /** Aborting it cancels the call, here and on the server. */
  signal?: AbortSignal;
  /** Extra request metadata (headers). */
  metadata?: Metadata | Readonly<Record<string, string>>;
}

function toMetadata(given: CallOptions['metadata']): Metadata {
  if (given instanceof Metadata) return given;
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(given ?? {})) metadata.set(key, value);
  return metadata;
}

/** The metadata of a call, with the connection's token unless the call brings its own. */
export function withToken(given: CallOptions['metadata'], token: string | undefined): Metadata {
  const metadata = toMetadata(given);
  if (token === undefined || metadata.get('authorization').length > 0) return metadata;
  const own = metadata.clone();
  own.set('authorization', `Bearer ${token}`);
  return own;
}

export function toDeadline(deadlineMs: number): Date | number {
  return Number.isFinite(deadlineMs) ? new Date(Date.now() + Math.max(0, deadlineMs)) : Infinity;
}
