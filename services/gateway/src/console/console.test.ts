import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { Server } from '@grpc/grpc-js';
import { QuartetError, readSettings, type Settings } from '@quartet/contracts';
import { admitted, createLogger, startServer, toStatus, type RunningServer } from '@quartet/service-kit';
import type { RawCall } from '../testing/raw';
import { freePort, until } from '../testing/raw';
import { startConsole, type Console } from './console';
import { trailerFrame } from './grpc-web';

const PROMOTE = '/quartet.model.v1.ModelService/PromoteVersion';
const PATH = '/quartet.model.v1.ModelService/ListModels';
const asIs = (bytes: Buffer): Buffer => bytes;
const log = createLogger({ service: 'test', level: 'silent' });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const framed = (flag: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};

/** The frames of a gRPC-Web body: messages, then the trailers. */
function framesOf(body: Buffer): { messages: string[]; trailers: Record<string, string> } {
  const messages: string[] = [];
  let trailers: Record<string, string> = {};
  for (let at = 0; at < body.length; ) {
    const length = body.readUInt32BE(at + 1);
    const text = String(body.subarray(at + 5, at + 5 + length));
    if (body[at] === 0x80) trailers = Object.fromEntries(text.trim().split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    else messages.push(text);
    at += 5 + length;
  }
  return { messages, trailers };
}

describe('the console', () => {
  let folder: string;
  let server: RunningServer;
  let page: Console;
  const cancelled: boolean[] = [];

  /** A server whose one method repeats what it gets, `count` times; `fail` fails, `wait` never ends. */
  const echo = (call: RawCall) => {
    call.on('data', (bytes: Buffer) => {
      const text = String(bytes);
      if (text === 'fail') return call.emit('error', toStatus(new QuartetError('MODEL_NOT_FOUND', 'There is no model "x".'), log));
      if (text === 'wait') {
        call.on('cancelled', () => cancelled.push(true));
        return call.write(bytes);
      }
      for (let n = 0; n < 3; n++) call.write(bytes);
      call.end();
    });
  };

  async function start(more: Record<string, string> = {}): Promise<Settings> {
    const settings = readSettings({ QUARTET_GATEWAY_PORT: '0', QUARTET_DRAIN_MS: '300', QUARTET_CONSOLE_PORT: String(await freePort()), ...more });
    let grpc: Server | undefined;
    server = await startServer({
      name: 'gateway',
      services: [],
      settings,
      log,
      handleSignals: false,
      extend: (grpcServer, environment) => {
        grpc = grpcServer;
        for (const path of [PATH, PROMOTE]) grpcServer.register(path, admitted(path, environment, echo), asIs, asIs, 'bidi');
        return ['quartet.model.v1.ModelService'];
      },
      onClose: () => page?.close(),
    });
    page = await startConsole(grpc!, settings, log, folder);
    return settings;
  }

  const call = (text: string, headers: Record<string, string> = {}, path = PATH) =>
    fetch(page.url + path, { method: 'POST', headers: { 'content-type': 'application/grpc-web+proto', ...headers }, body: new Uint8Array(framed(0, Buffer.from(text))) });
  const answer = async (response: Response) => framesOf(Buffer.from(await response.arrayBuffer()));

  /** As `fetch` can't: with a Host of choice. */
  const withHeaders = (headers: Record<string, string>, method = 'GET') =>
    new Promise<number>((resolve, reject) => {
      httpRequest(page.url, { method, headers }, (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject).end();
    });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'quartet-console-'));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Quartet</title>');
    writeFileSync(join(folder, 'assets/main-1.js'), 'let a;');
    writeFileSync(join(folder, 'assets/main-1.js.br'), brotliCompressSync('let a;'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => server.drain());

  test('serves its files, compressed, and the page at every other address', async () => {
    await start();
    const script = await fetch(`${page.url}/assets/main-1.js`, { headers: { 'accept-encoding': 'br' } });
    expect([script.status, script.headers.get('content-type'), script.headers.get('content-encoding'), await script.text()]).toEqual([200, 'text/javascript; charset=utf-8', 'br', 'let a;']);
    expect(script.headers.get('cache-control')).toContain('immutable');
    for (const path of ['/', '/training/abc?x=1', '/../../etc/passwd']) {
      const response = await fetch(page.url + path);
      expect([response.status, await response.text()]).toEqual([200, '<!doctype html><title>Quartet</title>']);
    }
    expect((await fetch(`${page.url}/assets/none.js`)).status).toBe(404);
    const etag = script.headers.get('etag')!;
    expect((await fetch(`${page.url}/assets/main-1.js`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(page.url, { method: 'PUT' })).status).toBe(405);
  });

  test('lets nothing but itself be loaded, and nobody frame it', async () => {
    await start();
    const { headers } = await fetch(page.url);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('permissions-policy')).toBe('camera=(), geolocation=(), microphone=(self)');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('passes a call on as it is: messages, trailers, error details', async () => {
    await start();
    const response = await call('hello');
    expect(response.headers.get('content-type')).toBe('application/grpc-web+proto');
    expect(await answer(response)).toEqual({ messages: ['hello', 'hello', 'hello'], trailers: { 'grpc-status': '0', 'grpc-message': 'OK' } });
    const { messages, trailers } = await answer(await call('fail'));
    expect([messages, trailers['grpc-status'], decodeURIComponent(trailers['grpc-message'] ?? '')]).toEqual([[], '5', 'There is no model "x".']);
    expect(Buffer.from(trailers['grpc-status-details-bin'] ?? '', 'base64').toString('latin1')).toContain('MODEL_NOT_FOUND');
  });

  test('passes on all messages of a body: a stream of the client whose messages are known', async () => {
    await start();
    const body = Buffer.concat(['wait', 'hello'].map((text) => framed(0, Buffer.from(text))));
    const response = await fetch(page.url + PATH, { method: 'POST', headers: { 'content-type': 'application/grpc-web+proto' }, body: new Uint8Array(body) });
    expect(await answer(response)).toEqual({ messages: ['wait', 'hello', 'hello', 'hello'], trailers: { 'grpc-status': '0', 'grpc-message': 'OK' } });
  });

  test('answers many calls at once, each with its own', async () => {
    await start();
    const answers = await Promise.all(Array.from({ length: 200 }, async (_, at) => answer(await call(`call ${at}`))));
    answers.forEach(({ messages, trailers }, at) => expect([messages, trailers['grpc-status']]).toEqual([[`call ${at}`, `call ${at}`, `call ${at}`], '0']));
  });

  test('sends a stream message by message, and ends it at the service when the page leaves', async () => {
    await start();
    const abort = new AbortController();
    const response = await fetch(page.url + PATH, { method: 'POST', headers: { 'content-type': 'application/grpc-web+proto' }, body: new Uint8Array(framed(0, Buffer.from('wait'))), signal: abort.signal });
    const { value } = await response.body!.getReader().read();
    expect(framesOf(Buffer.from(value)).messages).toEqual(['wait']);
    abort.abort();
    await until('the call is cancelled', async () => cancelled.length > 0);
  });

  test('a deadline holds', async () => {
    await start();
    const { trailers } = await answer(await call('wait', { 'grpc-timeout': '200m' }));
    expect(trailers['grpc-status']).toBe('4');
  });

  test('asks for the same tokens and roles as the API', async () => {
    const tokens = join(folder, 'tokens.json');
    writeFileSync(tokens, JSON.stringify({ tokens: [{ name: 'ada', sha256: sha256('secret'), roles: ['infer'] }] }));
    await start({ QUARTET_AUTH_TOKENS: tokens, QUARTET_SERVICE_TOKEN: 'secret' });
    expect((await fetch(page.url)).status).toBe(200);
    expect((await answer(await call('hello'))).trailers['grpc-status']).toBe('16');
    expect((await answer(await call('hello', { authorization: 'Bearer wrong' }))).trailers['grpc-status']).toBe('16');
    expect((await answer(await call('hello', { authorization: 'Bearer secret' }))).messages).toHaveLength(3);
    const { trailers } = await answer(await call('hello', { authorization: 'Bearer secret' }, PROMOTE));
    expect([trailers['grpc-status'], decodeURIComponent(trailers['grpc-message'] ?? '')]).toEqual(['7', expect.stringContaining('that takes the role admin')]);
  });

  test('refuses pages of other sites, other names for this machine, and what is not gRPC-Web', async () => {
    await start();
    const { host } = new URL(page.url);
    const grpcWeb = { 'content-type': 'application/grpc-web+proto' };
    expect(await withHeaders({ host: 'evil.example' })).toBe(403);
    expect(await withHeaders({ host, origin: 'http://evil.example', ...grpcWeb }, 'POST')).toBe(403);
    expect(await withHeaders({ host, 'sec-fetch-site': 'cross-site', ...grpcWeb }, 'POST')).toBe(403);
    expect(await withHeaders({ host, 'content-type': 'text/plain' }, 'POST')).toBe(415);
    expect(await withHeaders({ host, origin: `http://${host}` })).toBe(200);
    expect((await answer(await call('hello', {}, '/quartet.model.v1.ModelService/Unknown'))).trailers['grpc-status']).toBe('12');
  });

  test('says which setting is wrong: a port that is taken, a console that is not built', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    await expect(start({ QUARTET_CONSOLE_PORT: String(port) })).rejects.toThrow(`the console cannot listen on 127.0.0.1:${port} (QUARTET_CONSOLE_PORT=${port}): another process listens there`);
    await server.drain();
    blocker.close();
    const built = folder;
    folder = join(built, 'assets');
    await expect(start()).rejects.toThrow('Run `npm run build`');
    folder = built;
  });
});

test('the last frame holds the trailers, without what belongs to HTTP', () => {
  const frame = trailerFrame({ 'content-type': 'application/grpc+proto', 'grpc-status': '0', 'quartet-batch': '4' });
  expect(framesOf(frame)).toEqual({ messages: [], trailers: { 'grpc-status': '0', 'quartet-batch': '4' } });
});
