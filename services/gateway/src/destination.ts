import { modelNamePath } from '@quartet/contracts';
import type { Workload } from './workload';
import type { Workloads } from './workloads';
import { readBytesAt, readTextAt } from './wire';

/** Where the calls of a method go. */
export interface Destination {
  /** Where all of them go; undefined while that depends on the model, which the first message names. */
  readonly fixed: Workload | undefined;
  /** Where a call with this first message goes. */
  of(message: Buffer): Workload;
  /** Which of a service's queues a call with this first message joins, as far as the message says; undefined: none. Method and priority tell queues apart too. */
  queueOf?(message: Buffer): string | undefined;
}

export const always = (workload: Workload, queueOf?: Destination['queueOf']): Destination => ({ fixed: workload, of: () => workload, queueOf });

/** Calls of a method go to the pods of the model that they name, if it has its own, and else to those of the service. */
export function byModelOf(path: string, service: Workload, workloads: Workloads): Destination {
  const name = service.route.family === undefined ? undefined : modelNamePath(path);
  if (!name) return always(service);
  return {
    // Nothing is read from a message while no model has pods of its own.
    get fixed() {
      return workloads.hasModels(service.route) ? undefined : service;
    },
    // Name, and version or label.
    queueOf: (message) => readBytesAt(message, name.slice(0, -1))?.toString('latin1'),
    of: (message) => workloads.ofModel(readTextAt(message, name) ?? '', service),
  };
}
