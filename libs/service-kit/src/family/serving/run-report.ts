import type { Metadata } from '@grpc/grpc-js';

/** What is known of one run of a version that a request had part in. */
export interface RunFacts {
  /** Examples that ran together. */
  batchSize: number;
  /** From the request's coming to the start of its batch. */
  queueMs: number;
  /** In the engine. */
  computeMs: number;
}

/** Trailers of every inference. */
export const VERSION_DIGEST = 'quartet-version-digest';
export const BATCH_SIZE = 'quartet-batch-size';
export const QUEUE_MS = 'quartet-queue-ms';
export const COMPUTE_MS = 'quartet-compute-ms';

/**
 * Adds a run to a call's trailers: with the digest of the version and the size of the batch a reply can be repeated bit for bit. Of a
 * call that takes several runs they tell the largest batch and the sum of the times.
 * @param digest SHA-256 of weights.safetensors.
 */
export function reportRun(trailer: Metadata | undefined, digest: string, { batchSize, queueMs, computeMs }: RunFacts): void {
  if (!trailer) return;
  const before = (key: string): number => Number(trailer.get(key)[0] ?? 0);
  if (digest) trailer.set(VERSION_DIGEST, digest);
  trailer.set(BATCH_SIZE, `${Math.max(before(BATCH_SIZE), batchSize)}`);
  trailer.set(QUEUE_MS, (before(QUEUE_MS) + queueMs).toFixed(3));
  trailer.set(COMPUTE_MS, (before(COMPUTE_MS) + computeMs).toFixed(3));
}
