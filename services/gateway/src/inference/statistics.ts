import { inference } from '@quartet/contracts';
import type { CallContext } from '@quartet/service-kit';
import type { Workloads } from '../workloads';
import { askAll } from './ask-all';

/** The counts of all services that answer, and of the pods of single models. */
export async function allStatistics(workloads: Workloads, call: CallContext): Promise<Buffer> {
  const { modelStatistics } = inference.GRPCInferenceServiceService;
  const modelStats = await askAll(workloads, modelStatistics, { name: '', version: '' }, call, ({ modelStats: rows }) => rows, ({ upstream }, error) => {
    call.log.warn({ service: upstream.title, reason: (error as Error).message }, 'no statistics of a service');
    return undefined;
  });
  return Buffer.from(inference.ModelStatisticsResponse.encode({ modelStats }).finish());
}
