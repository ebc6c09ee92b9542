import { gateway } from '@quartet/contracts';
import { service, type ServiceRegistration } from '@quartet/service-kit';
import type { Admission } from '../proxy';
import type { Upstream } from '../upstream';

/** What the gateway tells of the services behind it. */
export function replicaService(routes: readonly { name: string; upstream: Upstream }[], admit: Admission): ServiceRegistration {
  return service(gateway.GatewayServiceService, {
    listReplicas: (_, { metadata }) => {
      admit(metadata);
      const services = routes.map(({ name, upstream }) => ({
        name,
        address: upstream.target,
        replicas: upstream.book.replicas,
        callsInFlight: upstream.callsInFlight,
        circuitOpen: upstream.breaker.isOpen,
      }));
      return Promise.resolve({ services });
    },
  });
}
