import { Server, setLogger, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Settings } from '@quartet/contracts';
import { Health, healthService } from '../health/health';
import { startHealthPort } from '../health/health-port';
import { createLogger, type Logger } from '../logging/logger';
import { drainOnSignal } from '../lifecycle/drain';
import { reflectionServices } from '../reflection/reflection';
import { Access } from '../security/access';
import { openAudit } from '../security/audit';
import { checkExposure } from '../security/exposure';
import { serverCredentials } from '../security/server-credentials';
import type { CallEnvironment } from './active-call';
import { adapt } from './adapt';
import { bind } from './bind';
import { Calls } from './calls';
import { widenConnections } from './connection-window';
import { gate, type Gate } from './gate';
import { serviceNameOf, type ServiceRegistration } from './handlers';
import { observe } from './observe';
import { serverOptions } from './options';
import { limitResets } from './resets';
import { answerUnknownMethods } from './unimplemented';

export interface ServerConfig {
  /** `gateway`, `cnn`, ...: in logs, and in the error about a port that is taken. */
  name: string;
  services: readonly ServiceRegistration[];
  settings: Settings;
  /** Default: QUARTET_HOST. */
  host?: string;
  /** Default: QUARTET_<NAME>_PORT. 0 takes a free one. */
  port?: number;
  log?: Logger;
  /** Default true. False: all is NOT_SERVING until `setServing`, for a service that must first load its models. */
  ready?: boolean;
  /** More to do during a drain, beside the calls that finish: give jobs back, stop workers. Within QUARTET_DRAIN_MS. */
  onDrain?: () => Promise<void> | void;
  /** Called once the server has closed, after the last call: lets go of connections that calls needed. */
  onClose?: () => void;
  /** Refuses calls before their message is read. Health, reflection and streams are not asked for. */
  gate?: Gate;
  /** Registers handlers that aren't plain async functions, as the gateway's are, and returns their services' names. */
  extend?: (server: Server, environment: CallEnvironment) => readonly string[];
  /** Default true: SIGTERM and SIGINT drain and exit the process. */
  handleSignals?: boolean;
}

export interface RunningServer {
  /** `127.0.0.1:50051` */
  address: string;
  port: number;
  log: Logger;
  /** Full names of the services served. */
  serviceNames: readonly string[];
  /** Health of "" (the process), a service by its full name, or a model by its own. */
  setServing: (name: string, serving: boolean) => void;
  health: Health;
  /** Refuses new calls, lets accepted ones finish for up to QUARTET_DRAIN_MS, runs `onDrain`, and closes. */
  drain: () => Promise<void>;
}

/**
 * Starts a gRPC server: the services given, health and reflection. Callers are told apart and let in, errors get their details,
 * calls are logged and counted, changes audited, SIGTERM drains. Prints the `listening` line.
 * @throws QuartetError UNAVAILABLE if the address can't be had, WRONG_STATE if it would be open to other machines unprotected,
 *   INVALID_FIELD for settings of TLS or authentication that can't be used.
 */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const { name, settings, ready = true } = config;
  const log = config.log ?? createLogger({ service: name, level: settings.QUARTET_LOG_LEVEL });
  const portSetting = `QUARTET_${name.toUpperCase()}_PORT`;
  const host = config.host ?? settings.QUARTET_HOST;
  checkExposure(host, settings);
  const environment: CallEnvironment = { calls: new Calls(), log, access: new Access(settings, log), audit: openAudit(name, settings, log) };
  // Health must answer while the process drains, and to whoever probes; a watcher of it must not hold the drain up.
  const open: CallEnvironment = { calls: new Calls(), log };
  // What grpc-js has to say would otherwise reach stderr as bare text; its errors are thrown or answered as well.
  const grpcLog = (...args: unknown[]) => log.debug({ grpc: args.map(String).join(' ') }, 'grpc-js');
  setLogger({ error: grpcLog, info: grpcLog, debug: grpcLog });
  const server = new Server({ ...serverOptions(settings), interceptors: [observe(log), ...(config.gate ? [gate(config.gate)] : [])] });
  limitResets(server, settings);
  const health = new Health();

  const add = ({ definition, implementation }: ServiceRegistration, shared: CallEnvironment) => {
    const handlers = Object.entries(definition).map(([key, method]) => [key, adapt(method, implementation[key], shared)]);
    server.addService(definition as never, Object.fromEntries(handlers) as UntypedServiceImplementation);
  };
  for (const registration of config.services) add(registration, environment);
  add(healthService(health), open);
  const extended = config.extend?.(server, environment) ?? [];
  const serviceNames = [...config.services.map(({ definition }) => serviceNameOf(definition)), ...extended];
  if (settings.QUARTET_REFLECTION === 'on') for (const registration of reflectionServices([...serviceNames, 'grpc.health.v1.Health'])) add(registration, open);
  answerUnknownMethods(server);
  for (const service of ['', ...serviceNames]) health.setServing(service, ready);

  const own = serverCredentials(settings, log);
  const port = await bind(server, host, config.port ?? portOf(settings, portSetting), portSetting, own.credentials);
  widenConnections(server);
  const healthPort = await startHealthPort(health, host, settings, log);
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const onClose = () => {
    own.close();
    healthPort?.close();
    config.onClose?.();
  };
  const { calls } = environment;
  const drain = drainOnSignal({ server, calls, health, address, log, settings, onDrain: config.onDrain, onClose, handleSignals: config.handleSignals ?? true });
  log.info({ address, tls: own.credentials._isSecure(), authentication: !environment.access!.open, healthPort: healthPort?.address }, 'listening');
  return { address, port, log, serviceNames, health, drain, setServing: (target, serving) => health.setServing(target, serving) };
}

function portOf(settings: Settings, name: string): number {
  const value = (settings as unknown as Record<string, unknown>)[name];
  return typeof value === 'number' ? value : 0;
}
