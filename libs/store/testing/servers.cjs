// Real servers for tests, private to one run of jest: PostgreSQL from Debian and moto's S3.
const { spawn, spawnSync } = require('node:child_process');
const { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { createServer } = require('node:net');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const environment = join(__dirname, '../../../node_modules/.cache/quartet/test-env.json');

/** Where the set-up put what only tests need. */
function testEnvironment() {
  if (!existsSync(environment)) throw new Error(`The tests' servers aren't set up (${environment} is missing). Run \`npm test\` in the root folder once.`);
  return JSON.parse(readFileSync(environment, 'utf8'));
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** PostgreSQL refuses to run as root; `nobody` is there on every Debian. */
const unprivileged = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};

/** @returns `{ url, pid, stop }` of a new PostgreSQL cluster on loopback. */
async function startPostgres() {
  const { postgresBin } = testEnvironment();
  const folder = mkdtempSync(join(tmpdir(), 'quartet-postgres-'));
  if (unprivileged.uid) chownSync(folder, unprivileged.uid, unprivileged.gid);
  const data = join(folder, 'data');
  const made = spawnSync(join(postgresBin, 'initdb'), ['-D', data, '-U', 'quartet', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...unprivileged, cwd: folder, encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error ?? made.stderr}`);
  const port = await freePort();
  const options = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`, '-c', 'fsync=off', '-c', 'max_connections=200'];
  const server = spawn(join(postgresBin, 'postgres'), options, { ...unprivileged, cwd: folder, stdio: 'ignore' });
  const stop = () => stopped(server, 'SIGINT', folder);
  const { Client } = require('pg');
  const url = `postgres://quartet@127.0.0.1:${port}/postgres`;
  await until(server, 'PostgreSQL', async () => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.end();
  });
  return { url, pid: server.pid, stop };
}

/** @returns `{ endpoint, pid, stop }` of a new S3 server, empty, on loopback. */
async function startS3() {
  const { pythonBin } = testEnvironment();
  const port = await freePort();
  const server = spawn(join(pythonBin, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  await until(server, 'moto_server', async () => {
    await fetch(endpoint);
  });
  return { endpoint, pid: server.pid, stop: () => stopped(server, 'SIGTERM') };
}

async function until(server, name, ready) {
  let failure;
  server.once('error', (error) => (failure = error));
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (failure || server.exitCode !== null) throw new Error(`${name} ended at its start: ${failure ?? `exit code ${server.exitCode}`}`);
    try {
      return await ready();
    } catch {
      await sleep(100);
    }
  }
  server.kill('SIGKILL');
  throw new Error(`${name} didn't answer within 60 s.`);
}

async function stopped(server, signal, folder) {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill(signal);
    const force = setTimeout(() => server.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(force);
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
}

module.exports = { startPostgres, startS3, testEnvironment };
