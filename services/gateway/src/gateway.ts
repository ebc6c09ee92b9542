import type { Server } from '@grpc/grpc-js';
import type { Settings } from '@quartet/contracts';
import { admitted, createLogger, serviceNameOf, startServer, type Logger, type RunningServer } from '@quartet/service-kit';
import { startConsole, type Console } from './console/console';
import { byModelOf } from './destination';
import { INFERENCE_SERVICE, openInference } from './inference/inference';
import { Tenants } from './limits/tenants';
import { pipelines } from './pipeline/service';
import { proxy, type Admission } from './proxy';
import { proxyUnary } from './proxy-unary';
import { replicaService } from './replicas/service';
import { ROUTES } from './routes';
import { startScaler } from './scaling/scaler';
import { Workloads } from './workloads';

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
  const tenants = new Tenants(settings);
  const admit: Admission = (metadata) => tenants.admit(metadata);
  const gateway = log ?? createLogger({ service: 'gateway', level: settings.QUARTET_LOG_LEVEL });
  /** The families' services that serve, each at its own pods or at those of a model. */
  const serving = new Set<string>();
  /** The file of models may change before the server is up. */
  const started: { server?: RunningServer; scaler?: RunningServer } = {};
  const workloads = new Workloads({
    routes: ROUTES,
    settings,
    log: gateway,
    report: ({ route, model, holds }, name, serves) => {
      // Without pods a call is taken all the same where it waits for one.
      const isUp = serves || holds;
      // A model with pods of its own has a health of its own, as it has at its pods.
      started.server?.setServing(model ?? name, isUp);
      if (route.family === undefined) return;
      const key = `${model ?? ''} ${name}`;
      if (isUp) serving.add(key);
      else serving.delete(key);
      started.server?.setServing(INFERENCE_SERVICE, serving.size > 0);
    },
    forget: ({ model, services }) => {
      started.server?.health.remove(model!);
      for (const name of services) serving.delete(`${model} ${name}`);
      started.server?.setServing(INFERENCE_SERVICE, serving.size > 0);
    },
  });
  const pipeline = pipelines(settings, workloads, admit);
  const inference = openInference({ settings, workloads, isServing: () => serving.size > 0, admit });
  let grpc: Server | undefined;
  let page: Console | undefined;
  const server = (started.server = await startServer({
    name: 'gateway',
    services: [inference.own, pipeline.registration, replicaService(() => workloads.all, admit)],
    settings,
    log: gateway,
    handleSignals,
    extend: (grpcServer, environment) => {
      grpc = grpcServer;
      // Whoever carries a call out checks and audits it once more, knowing what it is about.
      const { calls, log: grpcLog } = environment;
      for (const service of workloads.services) {
        // All methods are registered as streams of bytes both ways, which every kind of call is on the wire.
        for (const { path, requestStream, responseStream } of service.route.services.flatMap((definition) => Object.values(definition))) {
          const handler = requestStream || responseStream ? proxy : proxyUnary;
          const passOn = handler(path, byModelOf(path, service, workloads), { calls, log: grpcLog }, admit);
          grpcServer.register(path, admitted(path, environment, passOn), asIs, asIs, 'bidi');
        }
      }
      inference.register(grpcServer, environment);
      return ROUTES.flatMap(({ services }) => services.map(serviceNameOf));
    },
    onDrain: () => started.scaler?.drain(),
    onClose: () => {
      page?.close();
      inference.close();
      pipeline.close();
      workloads.close();
    },
  }));
  try {
    if (grpc && settings.QUARTET_CONSOLE_PORT !== 0) page = await startConsole(grpc, settings, server.log);
    started.scaler = await startScaler(workloads, settings, server.log);
  } catch (error) {
    // Whoever started it gets nothing to end it by.
    await server.drain();
    throw error;
  }
  server.setServing(INFERENCE_SERVICE, false);
  workloads.watch();
  return server;
}
