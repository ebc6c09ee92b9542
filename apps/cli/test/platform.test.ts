import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '../src/platform/process-identity';
import { runCli } from '../src/testing/run-cli';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'quartet-platform-'));
const env = { QUARTET_HOME: join(folder, 'home'), QUARTET_GATEWAY_PORT: '0', QUARTET_CNN_PORT: '0', QUARTET_RNN_PORT: '0', QUARTET_AUTOENCODER_PORT: '0', QUARTET_REGISTRY_PORT: '0', QUARTET_HOST: '' };
const cli = (args: string[], more: NodeJS.ProcessEnv = {}) => runCli(args, { env: { ...env, ...more } });

afterAll(async () => {
  await cli(['down']); // Only after a failure is there anything left to stop.
  rmSync(folder, { recursive: true, force: true });
});

test('no platform: every command says where it looked and what to do', async () => {
  const result = await cli(['jobs', '--address', '127.0.0.1:1']);
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toBe('error: cannot reach Quartet at 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1); is the platform up? run `quartet up`\n');
  expect(await cli(['down'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Nothing to stop: no service of .*home runs\.\n$/) });
  expect(await cli(['status'])).toMatchObject({ code: 1, stdout: expect.stringMatching(/^registry +down/m) });
});

test('a command line that is not understood ends with 2', async () => {
  expect(await cli(['fly'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error: unknown command 'fly'/) });
  expect(await cli(['train', 'cnn', '--data', 'x'])).toMatchObject({ code: 2, stderr: expect.stringContaining("required option '--model <name>'") });
  expect(await cli(['train', 'cnn', '--model', 'm', '--data', 'x', '--epochs', '0'])).toMatchObject({ code: 2, stderr: expect.stringContaining('It takes a whole number from 1 to 10000.') });
  expect(await cli(['predict', 'm@', 'x.png'])).toMatchObject({ code: 2, stderr: expect.stringContaining('MODEL, MODEL@VERSION or MODEL@LABEL') });
  expect(await cli(['predict', 'm', join(folder, 'gone.png')])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such file') });
  expect(await cli(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('quartet data import mnist builtin:mnist') });
});

test('a setting that makes no sense is named', async () => {
  expect(await cli(['status'], { QUARTET_GATEWAY_PORT: 'many' })).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: QUARTET_GATEWAY_PORT: is "many"; it takes: whole number from 0 to 65535/) });
});

test('a port in use is refused by port, service and setting, and nothing is started', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)));
  const result = await cli(['up'], { QUARTET_CNN_PORT: String(port) });
  server.close();
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toBe(`error: port ${port} of 127.0.0.1, for the CNN service, is in use by another program\nhint: stop that program, or set QUARTET_CNN_PORT to another port (0 takes a free one)\n`);
  expect(existsSync(join(env.QUARTET_HOME, 'run', 'registry.json'))).toBe(false);
});

test('a service that cannot start is reported with the end of its log, and the others are stopped', async () => {
  const home = join(folder, 'broken');
  const result = await cli(['up'], { QUARTET_HOME: home, QUARTET_DATABASE_URL: 'postgres://127.0.0.1:1/none' });
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/^error: the registry ended with 1 before it was ready:\n {2}\S/);
  expect(result.stderr).toContain(`hint: its whole log is ${join(home, 'logs', 'registry.log')}`);
  expect((await cli(['down'], { QUARTET_HOME: home })).stdout).toMatch(/^Nothing to stop/);
});

test('a process id that now belongs to another program is never signalled', async () => {
  const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
  const home = join(folder, 'recycled');
  mkdirSync(join(home, 'run'), { recursive: true });
  const record = { name: 'gateway', pid: bystander.pid, start: 'boot/1', address: '127.0.0.1:1', log: 'x', startedAt: new Date().toISOString() };
  writeFileSync(join(home, 'run', 'gateway.json'), JSON.stringify(record));
  expect((await cli(['down'], { QUARTET_HOME: home })).stdout).toMatch(/^Nothing to stop/);
  expect(startOf(bystander.pid!)).toBeDefined();
  bystander.kill('SIGKILL');
});

test('up, kill -9 of one service, status, up again, down', async () => {
  expect((await cli(['up'])).code).toBe(0);
  const pidOf = (name: string) => (JSON.parse(readFileSync(join(env.QUARTET_HOME, 'run', `${name}.json`), 'utf8')) as { pid: number }).pid;
  const [registry, cnn] = [pidOf('registry'), pidOf('cnn')];
  process.kill(cnn, 'SIGKILL');
  while (startOf(cnn) !== undefined) await new Promise((go) => setTimeout(go, 20));
  expect(await cli(['status'])).toMatchObject({ code: 1, stdout: expect.stringMatching(/^cnn +down/m) });
  const again = await cli(['up']);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toMatch(/✓ CNN service on .*\n✓ registry on .* \(ran already\)/);
  expect(pidOf('registry')).toBe(registry);
  expect(await cli(['status'])).toMatchObject({ code: 0 });
  const down = await cli(['down', '--json']);
  expect(JSON.parse(down.stdout)).toMatchObject({ stopped: ['gateway', 'autoencoder', 'gan', 'rnn', 'cnn', 'registry'].map((name) => ({ name, stopped: true })) });
  expect(startOf(registry)).toBeUndefined();
});

test('--foreground shows the logs, and stops everything on Ctrl-C', async () => {
  let asked = false;
  const result = await runCli(['up', '--foreground'], {
    env,
    onOutput: (text, kill) => {
      if (asked || !text.includes('Quartet is up;')) return;
      asked = true;
      kill('SIGINT');
    },
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  for (const name of ['gateway', 'autoencoder', 'gan', 'rnn', 'cnn', 'registry']) {
    expect(result.stdout).toMatch(new RegExp(`^${name} stopped after `, 'm'));
    // What earlier starts left in the log is not shown again.
    expect(result.stdout.match(new RegExp(`^${name} +\\{.*"msg":"listening"`, 'gm'))).toHaveLength(1);
  }
  expect(await cli(['status'])).toMatchObject({ code: 1 });
});
