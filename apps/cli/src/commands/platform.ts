import type { Command } from 'commander';
import { connect } from '@quartet/client';
import { health } from '@quartet/contracts';
import { action, type Context } from '../context';
import { AdviceError, bytes, duration, writeDocument, writeTable } from '../output';
import { memoryOf } from '../platform/process-identity';
import { readLive, type PidRecord } from '../platform/pid-file';
import { startPlatform, stopPlatform } from '../platform/platform';
import { SERVICES } from '../platform/services';
import { consoleUrl } from '../platform/console-url';
import { runInForeground } from '../platform/foreground';

const describe = ({ name, pid, address, log }: PidRecord) => ({ name, pid, address, log });

async function up(context: Context, options: { foreground?: boolean }): Promise<void> {
  const { out, json, settings } = context;
  if (options.foreground) return runInForeground(context);
  const began = Date.now();
  const { started, running } = await startPlatform(settings, {
    onReady: ({ definition, record }) => json || out.line(`${out.paint('green', '✓')} ${definition.title} on ${record.address}`),
  });
  const services = SERVICES.map(({ name }) => readLive(settings.QUARTET_HOME, name)).filter((record) => record !== undefined);
  if (json) return writeDocument(out, { alreadyUp: started.length === 0, home: settings.QUARTET_HOME, services: services.map(describe) });
  if (started.length === 0) {
    out.line('Quartet is already up:');
    for (const { name, address, pid } of running) out.line(`  ${name} on ${address} (process ${pid})`);
    return;
  }
  for (const { name, address } of running) out.line(`${out.paint('green', '✓')} ${name} on ${address} (ran already)`);
  const gateway = services.find(({ name }) => name === 'gateway');
  out.line(`Quartet is up after ${duration(Date.now() - began)}; the gateway is ${out.paint('bold', gateway?.address ?? '')}.`);
  const console = consoleUrl(settings);
  if (console) out.line(`The console is ${out.paint('bold', console)}.`);
  out.line(`State and logs are under ${settings.QUARTET_HOME}; \`quartet down\` stops it.`);
}

async function down({ out, json, settings }: Context): Promise<void> {
  const reports = await stopPlatform(settings, ({ record, ms }) => {
    if (json) return;
    out.line(ms === undefined ? `${out.paint('red', '✗')} ${record.name} (process ${record.pid}) still runs` : `${out.paint('green', '✓')} ${record.name} stopped after ${duration(ms)}`);
  });
  if (json) writeDocument(out, { stopped: reports.map(({ record, ms }) => ({ name: record.name, pid: record.pid, stopped: ms !== undefined, milliseconds: ms })) });
  else if (reports.length === 0) out.line(`Nothing to stop: no service of ${settings.QUARTET_HOME} runs.`);
  const left = reports.filter(({ ms }) => ms === undefined);
  if (left.length > 0) {
    const names = left.map(({ record }) => record.name).join(', ');
    throw new AdviceError(`${names} did not end within ${duration(settings.QUARTET_DRAIN_MS + 10_000)} of SIGTERM`, `run \`quartet down\` again, or end it with kill -9 ${left.map(({ record }) => record.pid).join(' ')}`);
  }
}

async function healthOf(address: string): Promise<string> {
  const client = connect({ address });
  const answer = await client.health.check({}, { deadlineMs: 2000 }).then(
    ({ status }) => health.healthCheckResponse_ServingStatusToJSON(status).toLowerCase().replaceAll('_', ' '),
    () => 'no answer',
  );
  client.close();
  return answer;
}

async function status({ out, json, settings }: Context): Promise<void> {
  const services = await Promise.all(
    SERVICES.map(async ({ name }) => {
      const record = readLive(settings.QUARTET_HOME, name);
      if (!record) return { name, running: false, health: 'down' };
      const memory = memoryOf(record.pid);
      return { ...describe(record), running: true, health: await healthOf(record.address), startedAt: record.startedAt, memoryBytes: memory?.now, peakMemoryBytes: memory?.peak };
    }),
  );
  if (json) writeDocument(out, { home: settings.QUARTET_HOME, services });
  else {
    const columns = [{ title: 'SERVICE' }, { title: 'HEALTH' }, { title: 'ADDRESS' }, { title: 'PROCESS', align: 'right' as const }, { title: 'UP FOR' }, { title: 'MEMORY', align: 'right' as const }];
    const rows = services.map((s) =>
      'pid' in s ? [s.name, s.health, s.address, String(s.pid), duration(Date.now() - Date.parse(s.startedAt)), s.memoryBytes ? bytes(s.memoryBytes) : '-'] : [s.name, s.health, '-', '-', '-', '-'],
    );
    writeTable(out, columns, rows);
  }
  if (services.some((service) => service.health !== 'serving')) process.exitCode = 1;
}

export function addPlatformCommands(program: Command): void {
  program
    .command('up')
    .description('start the platform on this machine: registry, a service for each family, and gateway')
    .option('--foreground', 'stay, show the logs, and stop everything on Ctrl-C')
    .action(action(up));
  program.command('down').description('stop the platform of this machine; running trainings go on at the next `up`').action(action(down));
  program.command('status').description('show whether the services run and are healthy (exit code 1 if one is not)').action(action(status));
}
