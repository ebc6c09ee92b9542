import type { Job, TrainingServiceService } from '@quartet/contracts';
import type { CallContext, Implementation } from '@quartet/service-kit';
import type { Metadata } from '@quartet/store';
import { untilDrained } from '../streams';

export function trainingService({ jobs }: Metadata): Implementation<typeof TrainingServiceService> {
  /** The job, if the caller may work with its model. */
  const jobFor = async (id: string, { authorize }: CallContext): Promise<Job> => {
    const job = await jobs.get(id);
    authorize(job.model);
    return job;
  };
  return {
    getJob: ({ id }, ctx) => jobFor(id, ctx),
    listJobs: async (request, { permits }) => {
      const page = await jobs.list(request);
      return { ...page, jobs: page.jobs.filter(({ model }) => permits(model)) };
    },
    cancelJob: async ({ id }, ctx) => jobs.cancel((await jobFor(id, ctx)).id),
    resumeJob: async ({ id }, ctx) => jobs.resume((await jobFor(id, ctx)).id),
    watchJob: async function* ({ id, afterSequence }, ctx) {
      await jobFor(id, ctx);
      yield* untilDrained(ctx, (signal) => jobs.watch(id, afterSequence, signal));
    },
  };
}
