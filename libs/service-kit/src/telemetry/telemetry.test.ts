import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Child } from '../testing/process';
import type { SpanRecord } from '.';

let folder: string;
const children: Child[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quartet-trace-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.signal('SIGKILL');
    await child.exited;
  }
  await rm(folder, { recursive: true });
});

function start(main: string, args: string[], env: Record<string, string>): Child {
  const child = new Child(main, args, env);
  children.push(child);
  return child;
}

async function spans(): Promise<SpanRecord[]> {
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap((text) => text.trim().split('\n').map((line) => JSON.parse(line) as SpanRecord));
}

/** Runs the client to its end against the service, stops the service, and returns what both wrote. */
async function ask(env: Record<string, string>) {
  const service = start('service-main.cjs', [], { OTEL_SERVICE_NAME: 'cnn', ...env });
  const client = start('client-main.cjs', [await service.address(), '20'], { OTEL_SERVICE_NAME: 'asker', ...env });
  expect(await client.exited).toBe(0);
  service.signal('SIGTERM');
  expect(await service.exited).toBe(0);
  return { service, client, outcome: client.lines.at(-1)! };
}

describe('telemetry', () => {
  test('one trace goes through two processes with the right parents, and its id into the log', async () => {
    const { service, client, outcome } = await ask({ QUARTET_TRACE_DIR: folder });
    expect(outcome['code']).toBe(0);
    expect((await readdir(folder)).sort()).toEqual([`asker-${client.pid}.jsonl`, `cnn-${service.pid}.jsonl`]);
    const all = await spans();
    const find = (name: string, kind: string) => all.find((span) => span.name === name && span.kind === kind)!;
    const root = find('ask', 'INTERNAL');
    const sent = find('grpc.quartet.cnn.v1.CnnService/Classify', 'CLIENT');
    const served = find('grpc.quartet.cnn.v1.CnnService/Classify', 'SERVER');
    expect(all).toHaveLength(5);
    expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([root.traceId]));
    expect(root.parentSpanId).toBeUndefined();
    expect(outcome['traceparent']).toBe(`00-${root.traceId}-${root.spanId}-01`);
    expect(sent.parentSpanId).toBe(root.spanId);
    expect(served.parentSpanId).toBe(sent.spanId);
    expect(find('wait', 'INTERNAL')).toMatchObject({ parentSpanId: served.spanId, attributes: { 'quartet.wait_ms': 20 } });
    expect(find('engine', 'INTERNAL').parentSpanId).toBe(served.spanId);
    expect(served).toMatchObject({ status: { code: 'UNSET' }, resource: { 'service.name': 'cnn', 'service.namespace': 'quartet', 'process.pid': service.pid } });
    expect(served.durationMs).toBeGreaterThan(15);
    expect(service.lines.find(({ msg }) => msg === 'classified')).toMatchObject({ trace_id: root.traceId, span_id: served.spanId });
  });

  test('with everything off, nothing is written and no trace made up', async () => {
    const { service, outcome } = await ask({});
    expect(outcome).toEqual({ code: 0 });
    expect(await readdir(folder)).toEqual([]);
    expect(service.lines.find(({ msg }) => msg === 'classified')).not.toHaveProperty('trace_id');
  });

  test('metrics are served in the Prometheus format on the bound host', async () => {
    const port = await freePort();
    const service = start('service-main.cjs', [], { OTEL_SERVICE_NAME: 'cnn', QUARTET_METRICS_PORT: String(port) });
    const client = start('client-main.cjs', [await service.address(), '20'], {});
    await client.exited;
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const count = text.split('\n').find((line) => line.startsWith('rpc_server_call_duration_count'));
    expect(count).toContain('rpc_service="quartet.cnn.v1.CnnService"');
    expect(count).toContain('rpc_method="Classify"');
    expect(count).toContain('rpc_response_status_code="OK"');
    expect(count).toMatch(/ 1$/);
  });

  test('a metrics port that is taken is a warning that names the setting; the service works', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const service = start('service-main.cjs', [], { QUARTET_METRICS_PORT: String(port) });
    await service.address();
    expect((await service.line(({ level }) => level === 'warn')).msg).toContain(`cannot listen on 127.0.0.1:${port}; give it a QUARTET_METRICS_PORT of its own`);
    blocker.close();
  });

  test('spans go to an OTLP endpoint over gRPC', async () => {
    const received: Buffer[] = [];
    const collector = new Server();
    const asIs = (bytes: Buffer) => bytes;
    collector.register(
      '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      (call: { request: Buffer }, respond: (error: null, value: Buffer) => void) => {
        received.push(call.request);
        respond(null, Buffer.alloc(0));
      },
      asIs,
      asIs,
      'unary',
    );
    const port = await new Promise<number>((resolve, reject) => collector.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (e, p) => (e ? reject(e) : resolve(p))));
    await ask({ QUARTET_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    collector.forceShutdown();
    const text = Buffer.concat(received).toString('latin1');
    for (const part of ['grpc.quartet.cnn.v1.CnnService/Classify', 'asker', 'cnn', 'engine']) expect(text).toContain(part);
    // The export's own calls are not traced: that would never end.
    expect(text).not.toContain('grpc.opentelemetry');
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
