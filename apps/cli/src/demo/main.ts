import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Argument, Command } from 'commander';
import { AdviceError, duration, openOutput, reportError, type Output } from '../output';
import { startPlatform, stopPlatform } from '../platform/platform';
import { tailOf, type StartedService } from '../platform/service-process';
import { runAutoencoderDemo } from './denoise';
import { heading, runDemo } from './demo';
import { runGanDemo } from './generate-demo';
import { runForecastDemo } from './forecast-demo';
import { demoEnvironment, openHome, tidyHome } from './home';
import { MemoryWatch } from './memory-watch';

/** How long after a failed call the end of a process may become known. */
const DEATH_NOTICE_MS = 1000;

/** What each family's demo tells. */
const STORIES = { cnn: runDemo, rnn: runForecastDemo, gan: runGanDemo, autoencoder: runAutoencoderDemo };

/** Rejects when a service ends that nobody has asked to end. */
function watchForDeath(services: readonly StartedService[], stopping: () => boolean): Promise<never> {
  return new Promise((_, reject) => {
    for (const { child, definition, record } of services) {
      child.ref();
      child.once('exit', (code, signal) => {
        if (!stopping()) reject(new AdviceError(`the ${definition.title} ended with ${signal ?? code} in the middle of the demo:\n${tailOf(record.log).join('\n')}`, `its whole log is ${record.log}`));
      });
    }
  });
}

/** What the services have logged of warnings and errors, for a failure whose cause is behind the gateway. */
function showLogs(err: Output, services: readonly StartedService[]): void {
  for (const { definition, record } of services) {
    const lines = tailOf(record.log, 5);
    if (lines.length > 0) err.line(`${err.paint('dim', `last of the ${definition.title}'s log, ${record.log}:`)}\n${lines.join('\n')}`);
  }
}

async function main(): Promise<number> {
  const program = new Command('demo')
    .description('Trains a network on real data and serves it, on a platform of its own.')
    .addArgument(new Argument('[family]', 'cnn: digits told apart; rnn: CO2 in the air forecast; gan: digits made up; autoencoder: digits without noise').choices(Object.keys(STORIES)).default('cnn'))
    .option('--small', 'less data, fewer epochs')
    .option('--home <folder>', 'folder for state, logs and pictures', './.quartet-demo')
    .exitOverride()
    .parse();
  const options = program.opts<{ small?: boolean; home: string }>();
  const family = program.processedArgs[0] as keyof typeof STORIES;
  const [out, err] = [openOutput(process.stdout), openOutput(process.stderr)];
  const began = Date.now();
  const home = resolve(options.home);
  const settings = await openHome(home);

  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  const memory = new MemoryWatch();
  memory.add('demo', process.pid);
  const services: StartedService[] = [];
  let stopping = false;
  let code = 0;
  try {
    heading(out, `Starting registry, ${family.toUpperCase()} service and gateway`);
    const { started } = await startPlatform(settings, {
      env: demoEnvironment(home),
      families: [family],
      signal: interrupted.signal,
      onStarted: (service) => {
        services.push(service);
        memory.add(service.record.name, service.record.pid);
      },
      onReady: ({ definition, record }) => out.line(`${out.paint('green', '✓')} ${definition.title} on ${record.address}`),
    });
    const gateway = started.find(({ definition }) => definition.name === 'gateway');
    const run = { out, err, home, address: gateway?.record.address ?? '', small: options.small === true, signal: interrupted.signal, memory };
    const death = watchForDeath(started, () => stopping);
    const story = STORIES[family](run).catch(async (error: unknown) => {
      // A call may fail on a service's death before the death itself is known, which says more.
      await Promise.race([death, setTimeout(DEATH_NOTICE_MS)]);
      throw error;
    });
    await Promise.race([story, death]);
  } catch (error) {
    if (interrupted.signal.aborted) {
      err.line('interrupted');
      code = 130;
    } else {
      code = reportError(err, error);
      if (!(error instanceof AdviceError)) showLogs(err, services);
    }
  }
  stopping = true;
  memory.stop();
  heading(out, 'Stopping what was started');
  const reports = await stopPlatform(settings);
  for (const { record, ms } of reports) {
    out.line(ms === undefined ? `${out.paint('red', '✗')} ${record.name} (process ${record.pid}) still runs` : `${out.paint('green', '✓')} ${record.name} stopped`);
    if (ms === undefined) code ||= 1;
  }
  // The folder of a process that still runs stays, so that the next demo can find and stop it.
  if (reports.every(({ ms }) => ms !== undefined)) tidyHome(home);
  out.line();
  if (code === 0) out.line(`${out.paint(['green', 'bold'], 'The demo is done')} after ${duration(Date.now() - began)}.`);
  return code;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(reportError(openOutput(process.stderr), error)),
);
