import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '@grpc/grpc-js';
import type { Settings } from '@quartet/contracts';
import type { Health } from '../health/health';
import type { Logger } from '../logging/logger';
import { flushLogs } from '../logging/standard-output';
import type { Calls } from '../server/calls';
import { shutdownTelemetry } from '../telemetry/running';

export interface DrainOptions {
  server: Server;
  calls: Calls;
  health: Health;
  /** `127.0.0.1:50051`, the port as bound. */
  address: string;
  log: Logger;
  settings: Settings;
  onDrain?: () => Promise<void> | void;
  onClose?: () => void;
  handleSignals: boolean;
}

/** For what is left to be sent after the last call has been answered, and for clients that come back meanwhile. */
const CLOSING_MS = 500;

async function closeServer(server: Server, ms: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  await Promise.race([closed, sleep(ms, undefined, { ref: false })]);
  server.forceShutdown();
}

function atMost(work: Promise<void> | void | undefined, ms: number): Promise<boolean> {
  return Promise.race([Promise.resolve(work).then(() => true), sleep(ms, false, { ref: false })]);
}

/**
 * Returns the function that drains: health turns NOT_SERVING; connected clients are told to go elsewhere (GOAWAY), and
 * calls that come nevertheless get UNAVAILABLE with reason DRAINING; accepted calls and `onDrain` have QUARTET_DRAIN_MS
 * together; then the server closes. On SIGTERM and SIGINT it does so, writes out the telemetry, and exits with 0.
 */
export function drainOnSignal(options: DrainOptions): () => Promise<void> {
  const { server, calls, health, address, log, settings } = options;
  const limit = settings.QUARTET_DRAIN_MS;
  let draining: Promise<void> | undefined;

  const work = async () => {
    log.info({ calls: calls.count, limitMs: limit }, 'draining');
    health.beginDrain();
    calls.beginDrain();
    server.drain(address, limit + CLOSING_MS);
    const [finished, stopped] = await Promise.all([
      calls.finish(limit),
      atMost(options.onDrain?.(), limit).catch((err: unknown) => {
        log.error({ err }, 'what was to be done at the drain failed');
        return true;
      }),
    ]);
    if (!finished) log.warn({ limitMs: limit }, 'calls that took longer than QUARTET_DRAIN_MS were ended');
    if (!stopped) log.warn({ limitMs: limit }, 'what was to be done at the drain took longer than QUARTET_DRAIN_MS');
    await closeServer(server, CLOSING_MS);
    options.onClose?.();
    log.info('drained');
  };
  const drain = () => (draining ??= work());

  if (options.handleSignals) {
    const stop = (signal: NodeJS.Signals) => {
      log.info({ signal }, 'signal received');
      void drain()
        .then(() => shutdownTelemetry())
        .catch((err: unknown) => log.error({ err }, 'the drain failed'))
        .then(() => flushLogs())
        .finally(() => process.exit(0));
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  }
  return drain;
}
