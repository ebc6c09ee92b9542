import '@quartet/service-kit/dist/telemetry/start';
import { runMain, shutdownTelemetry } from '@quartet/service-kit';
import { startRegistry } from './registry';

runMain('registry', async (settings, log) => {
  const registry = await startRegistry({ settings, log });
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'signal received');
    void registry
      .close()
      .then(() => shutdownTelemetry())
      .catch((err: unknown) => log.error({ err }, 'the drain failed'))
      .finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
});
