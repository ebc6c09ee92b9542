import type { WorkerServiceService } from '@quartet/contracts';
import type { Implementation } from '@quartet/service-kit';
import type { Metadata } from '@quartet/store';
import { untilDrained } from '../streams';

export function workerService(metadata: Metadata): Implementation<typeof WorkerServiceService> {
  const { jobs, models } = metadata;
  return {
    createJob: (request, ctx) => jobs.create({ ...request, traceparent: request.traceparent || (ctx.traceparent ?? '') }),
    claimJob: async (request, ctx) => {
      const claimed = await jobs.claim(request, AbortSignal.any([ctx.signal, ctx.draining]));
      // Nobody hears the answer any more: without this the job would wait for the lease to run out.
      if (claimed.lease && ctx.signal.aborted) await jobs.release(claimed.lease);
      return claimed;
    },
    heartbeat: ({ lease }) => jobs.heartbeat(lease),
    recordEvents: (request) => jobs.recordEvents(request),
    recordCheckpoint: async (request) => {
      await jobs.recordCheckpoint(request);
      return {};
    },
    publishVersion: (request) => jobs.publish(request),
    importVersion: (request) => models.import(request),
    endJob: (request) => jobs.end(request),
    releaseJob: ({ lease }) => jobs.release(lease),
    watchVersions: async function* ({ family }, ctx) {
      yield* untilDrained(ctx, (signal) => metadata.watchVersions(family, signal));
    },
  };
}
