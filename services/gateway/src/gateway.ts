import type { Settings } from '@quartet/contracts';
import { serviceNameOf, startServer, type Logger, type RunningServer } from '@quartet/service-kit';
import { Tenants } from './limits/tenants';
import { pipelines } from './pipeline/service';
import { proxy, type Admission } from './proxy';
import { proxyUnary } from './proxy-unary';
import { ROUTES } from './routes';
import { Upstream } from './upstream';
import { watchHealth } from './watch-health';

export interface GatewayOptions {
  settings: Settings;
  log?: Logger;
  /** Default true. */
  handleSignals?: boolean;
}

const asIs = (bytes: Buffer): Buffer => bytes;

/**
 * Starts the gateway: the one address for all public services. It keeps no state, and it is up, "" SERVING, whether or
 * not the services behind it are; each of those has its own health.
 */
export async function startGateway({ settings, log, handleSignals }: GatewayOptions): Promise<RunningServer> {
  const stop = new AbortController();
  const tenants = new Tenants(settings);
  const admit: Admission = (metadata) => tenants.admit(metadata);
  const pipeline = pipelines(settings, admit);
  const routes = ROUTES.map((route) => ({
    upstream: new Upstream(route, settings),
    services: route.services.map((definition) => ({ name: serviceNameOf(definition), methods: Object.values(definition) })),
  }));
  const server = await startServer({
    name: 'gateway',
    services: [pipeline.registration],
    settings,
    log,
    handleSignals,
    extend: (grpcServer, environment) => {
      for (const { upstream, services } of routes) {
        // All methods are registered as streams of bytes both ways, which every kind of call is on the wire.
        for (const { path, requestStream, responseStream } of services.flatMap(({ methods }) => methods)) {
          const handler = requestStream || responseStream ? proxy : proxyUnary;
          grpcServer.register(path, handler(path, upstream, environment, admit), asIs, asIs, 'bidi');
        }
      }
      return routes.flatMap(({ services }) => services.map(({ name }) => name));
    },
    onClose: () => {
      stop.abort();
      pipeline.close();
      for (const { upstream } of routes) upstream.close();
    },
  });
  for (const { upstream, services } of routes) {
    for (const { name } of services) {
      server.setServing(name, false);
      const report = (serving: boolean) => {
        if (serving) upstream.breaker.answered();
        server.setServing(name, serving);
      };
      void watchHealth(upstream, name, report, stop.signal);
    }
  }
  return server;
}
