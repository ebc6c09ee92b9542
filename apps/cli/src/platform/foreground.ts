import { createReadStream, existsSync, statSync, watchFile, unwatchFile } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Context } from '../context';
import { AdviceError, duration, type Output } from '../output';
import { consoleUrl } from './console-url';
import { runningServices, startPlatform, stopPlatform } from './platform';
import { logOf, type StartedService } from './service-process';
import { SERVICES } from './services';

/** Prints what is appended to a log from now on, each line behind the service's name. @returns a function that prints the rest and ends it. */
function follow(out: Output, name: string, log: string): () => Promise<void> {
  const sizeNow = () => (existsSync(log) ? statSync(log).size : 0);
  let at = sizeNow();
  let reading = Promise.resolve();
  const read = async () => {
    const end = sizeNow();
    if (end <= at) return;
    const lines = createInterface({ input: createReadStream(log, { start: at, end: end - 1 }) });
    at = end;
    for await (const line of lines) out.line(`${out.paint('cyan', name.padEnd(8))} ${line}`);
  };
  watchFile(log, { interval: 200 }, () => (reading = reading.then(read)));
  return () => {
    unwatchFile(log);
    return (reading = reading.then(read));
  };
}

/** Starts the platform, shows its logs, and stops it on Ctrl-C, SIGTERM, or when one of its services ends. */
export async function runInForeground({ out, settings, json }: Context): Promise<void> {
  const running = runningServices(settings.QUARTET_HOME);
  if (running.length > 0) {
    throw new AdviceError(`Quartet is already up: ${running.map(({ name, address }) => `${name} on ${address}`).join(', ')}`, 'stop it first with `quartet down`');
  }
  const controller = new AbortController();
  let endedFirst: StartedService | undefined;
  const asked = new Promise<void>((resolve) => {
    const stop = () => {
      controller.abort();
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
  const unfollow = SERVICES.map(({ name }) => follow(out, name, logOf(settings.QUARTET_HOME, name)));
  const { started } = await startPlatform(settings, { signal: controller.signal });
  const gateway = started.find(({ record }) => record.name === 'gateway');
  const console = consoleUrl(settings);
  if (!json) out.line(`Quartet is up; the gateway is ${gateway?.record.address}${console ? `, the console ${console}` : ''}. Ctrl-C stops it.`);
  const ended = started.map(
    (service) =>
      new Promise<void>((resolve) => {
        service.child.once('exit', () => {
          endedFirst ??= service;
          resolve();
        });
      }),
  );
  for (const { child } of started) child.ref();
  await Promise.race([asked, ...ended]);
  const culprit = controller.signal.aborted ? undefined : endedFirst;
  await stopPlatform(settings, ({ record, ms }) => out.line(ms === undefined ? `${record.name} still runs` : `${record.name} stopped after ${duration(ms)}`));
  for (const end of unfollow) await end();
  if (culprit) {
    const why = culprit.child.signalCode ?? culprit.child.exitCode;
    throw new AdviceError(`the ${culprit.definition.title} ended by itself with ${why}; the platform was stopped`, `its log is ${culprit.record.log}`);
  }
}
