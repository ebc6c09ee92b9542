import { mkdirSync } from 'node:fs';
import type { Settings } from '@quartet/contracts';
import { readLive, type PidRecord } from './pid-file';
import { claimPort } from './ports';
import { FAMILIES, SERVICES, portOf, servicesWith, type FamilyName, type ServiceDefinition } from './services';
import { startService, stopProcess, waitUntilHealthy, type StartedService } from './service-process';

/** Longest start of one service: the first one loads TensorFlow from a cold disk. */
const READY_MS = 90_000;

export interface PlatformStart {
  started: StartedService[];
  /** Services that ran already. */
  running: PidRecord[];
}

/** What is known about the local platform of a QUARTET_HOME: the services whose processes run. */
export function runningServices(home: string): PidRecord[] {
  return SERVICES.map(({ name }) => readLive(home, name)).filter((record) => record !== undefined);
}

/** Ports first, for all services, so that each can be told where the others will be. */
async function addressesOf(settings: Settings, missing: readonly ServiceDefinition[], running: readonly PidRecord[]): Promise<Map<string, string>> {
  const addresses = new Map(running.map(({ name, address }) => [name, address] as const));
  for (const service of missing) {
    const port = await claimPort(settings.QUARTET_HOST, portOf(settings, service), service);
    addresses.set(service.name, `${settings.QUARTET_HOST}:${port}`);
  }
  return addresses;
}

/** The environment of every service: the given one, with state and addresses made explicit. */
function environment(settings: Settings, addresses: ReadonlyMap<string, string>, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...base, QUARTET_HOME: settings.QUARTET_HOME, QUARTET_HOST: settings.QUARTET_HOST };
  // One port for all of them would be taken by the first.
  delete env['QUARTET_HEALTH_PORT'];
  // The person's own; each service has the platform's.
  delete env['QUARTET_TOKEN'];
  for (const service of SERVICES) env[service.portSetting] = addresses.get(service.name)?.split(':').at(-1);
  env['QUARTET_REGISTRY_ADDRESS'] = addresses.get('registry');
  env['QUARTET_GATEWAY_ADDRESS'] = addresses.get('gateway');
  for (const family of FAMILIES) env[`QUARTET_${family.toUpperCase()}_ADDRESS`] = addresses.get(family);
  return env;
}

export interface StartOptions {
  /** Default: all. */
  families?: readonly FamilyName[];
  signal?: AbortSignal;
  onReady?: (service: StartedService) => void;
  /** Called as soon as a process has been started, before it is healthy. */
  onStarted?: (service: StartedService) => void;
  /** Default: this process's environment. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Starts the services that don't run yet and waits until all are healthy. If one fails, those just started are stopped.
 * @throws AdviceError for a port in use, a service that is not built, or one that ends or isn't ready in time.
 */
export async function startPlatform(settings: Settings, options: StartOptions = {}): Promise<PlatformStart> {
  const home = settings.QUARTET_HOME;
  mkdirSync(home, { recursive: true });
  const running = runningServices(home);
  const missing = servicesWith(options.families ?? FAMILIES).filter(({ name }) => !running.some((record) => record.name === name));
  const env = environment(settings, await addressesOf(settings, missing, running), options.env ?? process.env);
  const started: StartedService[] = [];
  try {
    for (const service of missing) {
      const address = `${settings.QUARTET_HOST}:${env[service.portSetting]}`;
      const process = startService(service, home, address, env);
      started.push(process);
      options.onStarted?.(process);
    }
    await Promise.all(
      started.map(async (service) => {
        await waitUntilHealthy(service, READY_MS, options.signal);
        options.onReady?.(service);
      }),
    );
  } catch (error) {
    await Promise.all(started.map(({ record }) => stopProcess(home, record, settings.QUARTET_DRAIN_MS + 5000)));
    throw error;
  }
  return { started, running };
}

export interface StopReport {
  record: PidRecord;
  /** Milliseconds from SIGTERM to the end; undefined: it still runs. */
  ms: number | undefined;
}

/** Stops all services that run, the gateway first, so that no new calls come in while the others drain. */
export async function stopPlatform(settings: Settings, onStopped?: (report: StopReport) => void): Promise<StopReport[]> {
  const reports: StopReport[] = [];
  for (const record of runningServices(settings.QUARTET_HOME).reverse()) {
    const ms = await stopProcess(settings.QUARTET_HOME, record, settings.QUARTET_DRAIN_MS + 10_000);
    reports.push({ record, ms });
    onStopped?.({ record, ms });
  }
  return reports;
}
