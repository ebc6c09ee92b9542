import type { CallContext } from '@quartet/service-kit';
import type { Workload } from '../workload';
import type { Workloads } from '../workloads';
import { ask, type UnaryMethod } from './ask';

/**
 * What all pods that serve models say of them, one answer a workload. A model with pods of its own is told of by those; what its
 * family's say of it counts only where those don't answer.
 * @param away what to say in place of a workload that gives no answer; undefined: nothing
 */
export async function askAll<Req, Res, Row extends { name: string }>(
  workloads: Workloads,
  method: UnaryMethod<Req, Res>,
  request: Req,
  call: Pick<CallContext, 'metadata' | 'deadline'>,
  rowsOf: (answer: Res) => Row[],
  away: (workload: Workload, error: unknown) => Row[] | Promise<Row[]> | undefined,
): Promise<Row[]> {
  const own = new Set<string>();
  const askOne = async (workload: Workload): Promise<Row[]> => {
    try {
      const rows = rowsOf(await ask(workload.upstream, method, request, call));
      if (workload.model === undefined) return rows;
      own.add(workload.model);
      return rows.filter(({ name }) => name === workload.model);
    } catch (error) {
      return (await away(workload, error)) ?? [];
    }
  };
  const services = workloads.services.filter(({ route }) => route.family !== undefined);
  const [ofModels, ofServices] = await Promise.all([Promise.all(workloads.models.map(askOne)), Promise.all(services.map(askOne))]);
  return [...ofModels.flat(), ...ofServices.flat().filter(({ name }) => !own.has(name))];
}
