import { Metadata } from '@grpc/grpc-js';

const trailers = new WeakMap<Metadata, Metadata>();

/**
 * What a call ends with beside its status, by the metadata that it came with, which handler and interceptor both see. The handler's own
 * way, grpc-js's unary callback, won't do: the OpenTelemetry instrumentation wraps it and drops its trailers.
 */
export function trailerOf(received: Metadata): Metadata {
  const known = trailers.get(received) ?? new Metadata();
  trailers.set(received, known);
  return known;
}

/** The metadata of a status, with the call's own trailers. */
export function withTrailers(status: Metadata | null | undefined, received: Metadata | undefined): Metadata | null {
  const own = received && trailers.get(received);
  if (!own) return status ?? null;
  if (!status) return own;
  const all = own.clone();
  all.merge(status);
  return all;
}
