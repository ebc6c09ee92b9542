import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { TrainingEvent } from '@quartet/contracts';
import { CallError } from './call-error';
import type { QuartetClient } from './connect';

export interface WatchJobOptions {
  /** Only events after this one; 0 or unset: from the first. */
  afterSequence?: bigint;
  signal?: AbortSignal;
  /** How long the platform may be away before the watch gives up; default 120000 ms. */
  maxOutageMs?: number;
  /** Called at each lost connection, before the wait. */
  onReconnect?: (error: CallError) => void;
}

/** How a server that stops ends a stream: away, or cut off at the end of its drain. */
const LOST = new Set([status.UNAVAILABLE, status.CANCELLED]);

/**
 * A job's events until it has ended, in order, each once. When the connection, the gateway or the registry goes away,
 * the watch goes on from the last event as soon as it is back.
 * @throws CallError UNAVAILABLE after `maxOutageMs`, JOB_NOT_FOUND, or CANCELLED if the signal aborts.
 */
export async function* watchJob(client: Pick<QuartetClient, 'training'>, id: string, options: WatchJobOptions = {}): AsyncGenerator<TrainingEvent, void, undefined> {
  const maxOutageMs = options.maxOutageMs ?? 120_000;
  let afterSequence = options.afterSequence ?? 0n;
  let lostAt: number | undefined;
  for (let failures = 0; ; failures++) {
    try {
      for await (const event of client.training.watchJob({ id, afterSequence }, { signal: options.signal })) {
        if (event.sequence <= afterSequence) continue;
        afterSequence = event.sequence;
        lostAt = undefined;
        failures = 0;
        yield event;
      }
      return;
    } catch (error) {
      if (!(error instanceof CallError) || !LOST.has(error.code) || options.signal?.aborted) throw error;
      lostAt ??= Date.now();
      if (Date.now() - lostAt > maxOutageMs) throw error;
      options.onReconnect?.(error);
      await sleep(error.retryAfterMs ?? Math.min(2000, 100 * 2 ** failures), undefined, { signal: options.signal });
    }
  }
}
