import { QuartetError, readSettings, type Settings } from '@quartet/contracts';
import { createLogger, type Logger } from '../logging/logger';
import { flushLogs } from '../logging/standard-output';
import { shutdownTelemetry } from '../telemetry/running';
import { giveMemoryBack } from './memory';

/**
 * Runs a service's main: reads the settings, and lets nothing fail in silence. An error at the start, an uncaught
 * exception or an unhandled rejection is logged, what telemetry holds is written out, and the process exits with 1.
 */
export function runMain(name: string, main: (settings: Settings, log: Logger) => Promise<unknown>): void {
  let log = createLogger({ service: name, level: 'info' });
  const fail = (err: unknown, what: string) => {
    // A QuartetError at the start is a message to the operator; its stack says nothing.
    if (QuartetError.is(err)) log.fatal({ reason: err.reason }, err.message);
    else log.fatal({ err }, what);
    void shutdownTelemetry()
      .catch(() => undefined)
      .then(() => flushLogs())
      .finally(() => process.exit(1));
  };
  process.on('uncaughtException', (err) => fail(err, 'uncaught exception'));
  process.on('unhandledRejection', (err) => fail(err, 'unhandled rejection'));
  const run = async () => {
    const settings = readSettings();
    log = createLogger({ service: name, level: settings.QUARTET_LOG_LEVEL });
    void giveMemoryBack(settings, log);
    await main(settings, log);
  };
  run().catch((err: unknown) => fail(err, 'could not start'));
}
