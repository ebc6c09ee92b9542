import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Settings } from '@quartet/contracts';
import type { Logger } from '../logging/logger';
import { adapt } from '../server/adapt';
import { bind } from '../server/bind';
import { Calls } from '../server/calls';
import { observe } from '../server/observe';
import { serverOptions } from '../server/options';
import { answerUnknownMethods } from '../server/unimplemented';
import { healthService, type Health } from './health';

export interface HealthPort {
  address: string;
  close: () => void;
}

/**
 * Serves grpc.health.v1, and nothing else, on a port of its own without TLS: probes, such as Kubernetes', have no certificates.
 * @throws QuartetError UNAVAILABLE if the port can't be had
 */
export async function startHealthPort(health: Health, host: string, settings: Settings, log: Logger): Promise<HealthPort | undefined> {
  const port = settings.QUARTET_HEALTH_PORT;
  if (port === 0) return undefined;
  const server = new Server({ ...serverOptions(settings), interceptors: [observe(log)] });
  const { definition, implementation } = healthService(health);
  const handlers = Object.entries(definition).map(([key, method]) => [key, adapt(method, implementation[key], { calls: new Calls(), log })]);
  server.addService(definition as never, Object.fromEntries(handlers) as UntypedServiceImplementation);
  answerUnknownMethods(server);
  await bind(server, host, port, 'QUARTET_HEALTH_PORT', ServerCredentials.createInsecure());
  return { address: `${host.includes(':') ? `[${host}]` : host}:${port}`, close: () => server.forceShutdown() };
}
