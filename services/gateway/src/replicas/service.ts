import { gateway } from '@quartet/contracts';
import { service, type ServiceRegistration } from '@quartet/service-kit';
import type { Admission } from '../proxy';
import type { Workload } from '../workload';

/** What the gateway tells of the services behind it, and of the models with pods of their own. */
export function replicaService(workloads: () => readonly Pick<Workload, 'route' | 'model' | 'upstream'>[], admit: Admission): ServiceRegistration {
  return service(gateway.GatewayServiceService, {
    listReplicas: (_, { metadata }) => {
      admit(metadata);
      const services = workloads().map(({ route, model, upstream }) => ({
        name: model === undefined ? route.name : `${route.name}/${model}`,
        address: upstream.target,
        replicas: upstream.book.replicas,
        callsInFlight: upstream.callsInFlight,
        circuitOpen: upstream.breaker.isOpen,
      }));
      return Promise.resolve({ services });
    },
  });
}
