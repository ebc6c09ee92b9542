import type { TrainingServiceService } from '@quartet/contracts';
import type { Implementation } from '@quartet/service-kit';
import type { Metadata } from '@quartet/store';
import { untilDrained } from '../streams';

export function trainingService({ jobs }: Metadata): Implementation<typeof TrainingServiceService> {
  return {
    getJob: ({ id }) => jobs.get(id),
    listJobs: (request) => jobs.list(request),
    cancelJob: ({ id }) => jobs.cancel(id),
    resumeJob: ({ id }) => jobs.resume(id),
    watchJob: ({ id, afterSequence }, ctx) => untilDrained(ctx, (signal) => jobs.watch(id, afterSequence, signal)),
  };
}
