import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { credentials, Metadata, status } from '@grpc/grpc-js';
import { health } from '@quartet/contracts';
import { callRaw, connectRaw, freePort, until } from './testing/raw';

interface SpanLine {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: string;
  resource: Record<string, unknown>;
}

/** A process of a script, the line it prints when it listens, and its exit code. */
function run(script: string, env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, [script], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const address = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout!).on('line', (text) => {
      const line = JSON.parse(text) as { msg: string; address: string };
      if (line.msg === 'listening') resolve(line.address);
    });
    void exited.then((code) => reject(new Error(`${script} exited with ${code}`)));
  });
  address.catch(() => undefined);
  return { child, exited, address };
}

const MAIN = join(__dirname, '../dist/main.js');
const UPSTREAM = join(__dirname, 'testing/cnn-main.cjs');
const CLASSIFY = '/quartet.cnn.v1.CnnService/Classify';
/** Not sent again by the gateway: it isn't marked as safe to repeat. */
const TRAIN = '/quartet.cnn.v1.CnnService/Train';

/** Waits until the CNN service is there for the gateway at that address. */
async function served(address: string): Promise<void> {
  const probe = new health.HealthClient(address, credentials.createInsecure());
  const isServing = () =>
    new Promise<boolean>((resolve) => {
      probe.check({ service: 'quartet.cnn.v1.CnnService' }, (error, response) => resolve(!error && response.status === health.HealthCheckResponse_ServingStatus.SERVING));
    });
  await until('the CNN service is SERVING', isServing);
  probe.close();
}

/** Three processes start one after the other, on a machine that other suites keep busy. */
const STARTS_MS = 90_000;

describe('the gateway as a process', () => {
  let folder: string;
  const processes: ReturnType<typeof run>[] = [];
  const start = (script: string, env: Record<string, string>) => {
    const started = run(script, { QUARTET_TRACE_DIR: folder, QUARTET_DRAIN_MS: '5000', ...env });
    processes.push(started);
    return started;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quartet-gateway-'));
  });
  afterEach(async () => {
    for (const { child, exited } of processes.splice(0)) {
      child.kill('SIGKILL');
      await exited;
    }
    await rm(folder, { recursive: true });
  });

  test('joins the trace of its caller to that of the service, and drains on SIGTERM', async () => {
    const cnnPort = String(await freePort());
    const upstream = start(UPSTREAM, { QUARTET_CNN_PORT: cnnPort, OTEL_SERVICE_NAME: 'cnn' });
    const gateway = start(MAIN, { QUARTET_CNN_PORT: cnnPort, QUARTET_GATEWAY_PORT: '0' });
    await served(await gateway.address);
    const client = connectRaw(await gateway.address);
    const metadata = new Metadata();
    const [traceId, callerSpan] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    metadata.set('traceparent', `00-${traceId}-${callerSpan}-01`);
    // 0x20 is the tag of top_k in a ClassifyRequest (field 4): the upstream waits for so many milliseconds.
    const accepted = callRaw(client, CLASSIFY, [Buffer.from([0x20, 0xe8, 0x07])], {}, metadata); // 1000
    await new Promise((resolve) => setTimeout(resolve, 400));
    gateway.child.kill('SIGTERM');
    expect((await accepted).status.code).toBe(status.OK);
    expect(await gateway.exited).toBe(0);
    upstream.child.kill('SIGTERM');
    expect(await upstream.exited).toBe(0);
    client.close();

    const texts = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
    const spans = texts.flatMap((text) => text.trim().split('\n').map((line) => JSON.parse(line) as SpanLine));
    const find = (service: string, kind: string) => spans.find((span) => span.resource['service.name'] === service && span.kind === kind)!;
    const [received, sent, answered] = [find('gateway', 'SERVER'), find('gateway', 'CLIENT'), find('cnn', 'SERVER')];
    expect(spans).toHaveLength(3);
    expect(spans.every((span) => span.traceId === traceId && span.name === `grpc.${CLASSIFY.slice(1)}`)).toBe(true);
    expect(received.parentSpanId).toBe(callerSpan);
    expect(sent.parentSpanId).toBe(received.spanId);
    expect(answered.parentSpanId).toBe(sent.spanId);
  });

  test('a service that is killed during a call costs that call only, and says so', async () => {
    const cnnPort = String(await freePort());
    const upstream = start(UPSTREAM, { QUARTET_CNN_PORT: cnnPort });
    const gateway = start(MAIN, { QUARTET_CNN_PORT: cnnPort, QUARTET_GATEWAY_PORT: '0' });
    await served(await gateway.address);
    const client = connectRaw(await gateway.address);
    const cut = callRaw(client, TRAIN, [Buffer.alloc(0)]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    upstream.child.kill('SIGKILL');
    const { status: end } = await cut;
    expect(end.code).toBe(status.UNAVAILABLE);
    expect(end.details).toBe(
      `The connection to the CNN service at 127.0.0.1:${cnnPort} was lost during the call; it may have been carried out. Check before sending it again.`,
    );
    expect(end.metadata.get('grpc-status-details-bin')).toHaveLength(1);
    await upstream.exited;
    start(UPSTREAM, { QUARTET_CNN_PORT: cnnPort });
    await served(await gateway.address);
    expect((await callRaw(client, CLASSIFY, [Buffer.from([0x20, 0x01])])).status.code).toBe(status.OK);
    client.close();
  }, STARTS_MS);

  test('ends though nobody reads its log any longer', async () => {
    const gateway = start(MAIN, { QUARTET_GATEWAY_PORT: '0' });
    await gateway.address;
    gateway.child.stdout!.destroy();
    gateway.child.kill('SIGTERM');
    expect(await gateway.exited).toBe(0);
  }, STARTS_MS);
});
