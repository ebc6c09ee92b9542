import type { Server } from '@grpc/grpc-js';
import type { Settings } from '@quartet/contracts';
import { admitted, serviceNameOf, startServer, type Logger, type RunningServer } from '@quartet/service-kit';
import { startConsole, type Console } from './console/console';
import { INFERENCE_SERVICE, openInference } from './inference/inference';
import { Tenants } from './limits/tenants';
import { pipelines } from './pipeline/service';
import { proxy, type Admission } from './proxy';
import { proxyUnary } from './proxy-unary';
import { replicaService } from './replicas/service';
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
    name: route.name,
    family: route.family,
    upstream: new Upstream(route, settings),
    services: route.services.map((definition) => ({ name: serviceNameOf(definition), methods: Object.values(definition) })),
  }));
  /** Full names of the families' services that serve. */
  const serving = new Set<string>();
  const inference = openInference({
    settings,
    families: routes.flatMap(({ family, upstream }) => (family === undefined ? [] : [{ family, upstream }])),
    isServing: () => serving.size > 0,
    admit,
  });
  let grpc: Server | undefined;
  let page: Console | undefined;
  const server = await startServer({
    name: 'gateway',
    services: [inference.own, pipeline.registration, replicaService(routes, admit)],
    settings,
    log,
    handleSignals,
    extend: (grpcServer, environment) => {
      grpc = grpcServer;
      // Whoever carries a call out checks and audits it once more, knowing what it is about.
      const { calls, log: grpcLog } = environment;
      for (const { upstream, services } of routes) {
        // All methods are registered as streams of bytes both ways, which every kind of call is on the wire.
        for (const { path, requestStream, responseStream } of services.flatMap(({ methods }) => methods)) {
          const handler = requestStream || responseStream ? proxy : proxyUnary;
          grpcServer.register(path, admitted(path, environment, handler(path, upstream, { calls, log: grpcLog }, admit)), asIs, asIs, 'bidi');
        }
      }
      inference.register(grpcServer, environment);
      return routes.flatMap(({ services }) => services.map(({ name }) => name));
    },
    onClose: () => {
      stop.abort();
      page?.close();
      inference.close();
      pipeline.close();
      for (const { upstream } of routes) upstream.close();
    },
  });
  if (grpc && settings.QUARTET_CONSOLE_PORT !== 0) page = await startConsole(grpc, settings, server.log);
  server.setServing(INFERENCE_SERVICE, false);
  for (const { upstream, services, family } of routes) {
    for (const { name } of services) {
      server.setServing(name, false);
      const report = (isUp: boolean) => {
        if (isUp) upstream.breaker.answered();
        server.setServing(name, isUp);
        if (family === undefined) return;
        if (isUp) serving.add(name);
        else serving.delete(name);
        server.setServing(INFERENCE_SERVICE, serving.size > 0);
      };
      void watchHealth(upstream, name, report, stop.signal);
    }
  }
  return server;
}
