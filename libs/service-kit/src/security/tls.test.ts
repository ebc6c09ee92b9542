import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@quartet/contracts';
import { connect, isServing, waitUntilServing } from '@quartet/client';
import { freePort } from '../platform-testing/processes';
import { Authority, replace, writeTls, type TlsFiles } from '../platform-testing/certificates';
import { reach, startCnn, type CnnServer } from '../testing/cnn-server';
import { until } from '../testing/until';

const SERVING = 'SERVING';
let folder: string;
let files: TlsFiles;
let server: CnnServer | undefined;
const authority = new Authority('Quartet tests');
const other = new Authority('another');
const own = authority.issue('server');
const ofClient = authority.issue('ada');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quartet-tls-'));
  files = writeTls(folder, own, authority.pem);
});
afterEach(async () => {
  await server?.drain();
  server = undefined;
  await rm(folder, { recursive: true });
});

test('a client that trusts the authority is served, by name and by IP address; others are not', async () => {
  server = await startCnn({ ...files });
  expect(await reach(server.address, { QUARTET_TLS_CA: files.QUARTET_TLS_CA })).toBe(SERVING);
  expect(await reach(`localhost:${server.port}`, { QUARTET_TLS_CA: files.QUARTET_TLS_CA })).toBe(SERVING);
  await writeFile(join(folder, 'other.crt'), other.pem);
  expect(await reach(server.address, { QUARTET_TLS_CA: join(folder, 'other.crt') })).toMatch(/certificate.*QUARTET_TLS_CA/);
  expect(await reach(server.address, { QUARTET_TLS_CA: 'system' })).toMatch(/certificate.*QUARTET_TLS_CA/);
  expect(await reach(server.address, {})).toMatch(/cannot reach Quartet at .*it may want TLS: set QUARTET_TLS_CA/);
});

test('a certificate for another name is refused', async () => {
  server = await startCnn(writeTls(folder, authority.issue('server', ['registry.example']), authority.pem));
  expect(await reach(server.address, { QUARTET_TLS_CA: files.QUARTET_TLS_CA })).toMatch(/127\.0\.0\.1 is not in the cert/);
});

test('with mTLS only callers with a certificate of the authority get in', async () => {
  server = await startCnn({ ...files, QUARTET_TLS_CLIENT_AUTH: 'require' });
  const client = connect({ address: server.address, settings: readSettings(writeTls(folder, ofClient, authority.pem, 'client')) });
  await client.cnn.embed({ model: { name: 'm' } });
  client.close();
  expect(server.callers[0]).toMatchObject({ name: 'ada', via: 'certificate' });
  expect(await reach(server.address, { QUARTET_TLS_CA: files.QUARTET_TLS_CA })).toContain('cannot reach Quartet');
  expect(await reach(server.address, { ...writeTls(folder, other.issue('eve'), authority.pem, 'eve') })).toContain('cannot reach Quartet');
});

test('replaced files hold for new connections, on both sides, and calls under way go on', async () => {
  server = await startCnn({ ...files, QUARTET_TLS_CLIENT_AUTH: 'require' });
  const clientFiles = writeTls(folder, ofClient, authority.pem, 'client');
  const client = connect({ address: server.address, settings: readSettings(clientFiles) });
  const watch = client.health.watch({});
  expect((await watch.next()).value).toBeDefined();

  const next = new Authority('next');
  writeTls(folder, next.issue('server'), next.pem);
  await until(() => server!.logged.some(({ msg }) => msg === 'the files for TLS were replaced'), { everyMs: 100 });
  expect(await isServing(client)).toBe(true); // The connection of before.
  expect(await reach(server.address, { ...clientFiles })).toContain('cannot reach Quartet');
  writeTls(folder, next.issue('client'), next.pem, 'client');
  expect(await reach(server.address, { ...clientFiles })).toBe(SERVING);

  // The old client reads its files when it connects again: here after a restart of the server.
  const { port } = server;
  await server.drain();
  server = await startCnn({ ...files, QUARTET_TLS_CLIENT_AUTH: 'require', QUARTET_CNN_PORT: String(port) });
  const again = connect({ address: server.address, settings: readSettings(clientFiles) });
  await waitUntilServing(again);
  again.close();
  client.close();
});

test('files that do not fit together leave the former ones in force', async () => {
  server = await startCnn({ ...files });
  replace(files.QUARTET_TLS_CERT, other.pem);
  await until(() => server!.logged.some(({ reason }) => String(reason).includes('is not the key of the certificate')), { everyMs: 100 });
  expect(await reach(server.address, { QUARTET_TLS_CA: files.QUARTET_TLS_CA })).toBe(SERVING);
});

test('what cannot work is refused at the start, with what to do', async () => {
  const failing = (env: Record<string, string>) => startCnn(env).then(() => 'it started', (error: Error) => error.message);
  expect(await failing({ ...files, QUARTET_TLS_CERT: '/nowhere' })).toBe('QUARTET_TLS_CERT: the file /nowhere can\'t be read (ENOENT); expected a PEM file that this process may read.');
  expect(await failing({ ...files, QUARTET_TLS_KEY: '' })).toBe('QUARTET_TLS_CERT is set and QUARTET_TLS_KEY isn\'t; a certificate and its key go together. Set both, or neither.');
  expect(await failing({ QUARTET_TLS_KEY: files.QUARTET_TLS_KEY })).toContain('QUARTET_TLS_KEY is set and QUARTET_TLS_CERT isn\'t');
  expect(await failing({ ...files, QUARTET_TLS_CA: files.QUARTET_TLS_KEY })).toMatch(/^QUARTET_TLS_CA: .* holds no certificate in PEM/);
  expect(await failing({ ...files, QUARTET_TLS_KEY: files.QUARTET_TLS_CERT })).toMatch(/^QUARTET_TLS_KEY: .* holds no private key/);
  expect(await failing({ ...files, QUARTET_TLS_CA: '' })).toMatch(/^QUARTET_TLS_CA: is not set while QUARTET_TLS_CERT is/);
  expect(await failing({ QUARTET_TLS_CLIENT_AUTH: 'require' })).toMatch(/^QUARTET_TLS_CLIENT_AUTH: is "require", for which/);
  const open = 'QUARTET_HOST=0.0.0.0 can be reached from other machines, and there is no ';
  expect(await failing({ QUARTET_HOST: '0.0.0.0' })).toMatch(`${open}TLS (QUARTET_TLS_CERT, QUARTET_TLS_KEY, QUARTET_TLS_CA) and no authentication (QUARTET_AUTH_TOKENS`);
  expect(await failing({ QUARTET_HOST: '0.0.0.0', ...files })).toMatch(`${open}authentication`);
  expect(await readFile(files.QUARTET_TLS_KEY, 'utf8')).toContain('PRIVATE KEY');
});

test('QUARTET_INSECURE lets a server be open', async () => {
  server = await startCnn({ QUARTET_HOST: '0.0.0.0', QUARTET_INSECURE: 'true' });
  expect(await reach(`127.0.0.1:${server.port}`, {})).toBe(SERVING);
});

test('the health port answers health without TLS or token, and nothing else', async () => {
  const port = await freePort();
  server = await startCnn({ ...files, QUARTET_TLS_CLIENT_AUTH: 'require', QUARTET_HEALTH_PORT: String(port) });
  expect(await reach(`127.0.0.1:${port}`, {})).toBe(SERVING);
  const client = connect({ address: `127.0.0.1:${port}`, settings: readSettings({}) });
  await expect(client.cnn.classify({ model: { name: 'm' } })).rejects.toMatchObject({ reason: 'UNIMPLEMENTED' });
  client.close();
});
