import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, status, type ServiceError } from '@grpc/grpc-js';
import { cnn, health } from '@quartet/contracts';
import { readDetails } from '../testing/details';
import { Child } from '../testing/process';

const children: Child[] = [];
const clients: { close(): void }[] = [];

function start(env: Record<string, string> = {}): Child {
  const child = new Child('service-main.cjs', [], env);
  children.push(child);
  return child;
}

function connect(address: string) {
  const client = new cnn.CnnServiceClient(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  clients.push(client);
  return (topK: number) =>
    new Promise<ServiceError | bigint>((resolve) => client.classify(cnn.ClassifyRequest.fromPartial({ topK }), (error, response) => resolve(error ?? response.modelVersion)));
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const child of children.splice(0)) {
    child.signal('SIGKILL');
    await child.exited;
  }
});

describe('a service process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('on %s finishes accepted calls, refuses new ones, and exits with 0', async (signal) => {
    const child = start({ QUARTET_DRAIN_MS: '10000' });
    const address = await child.address();
    const accepted = connect(address)(1500);
    const watcher = new health.HealthClient(address, credentials.createInsecure());
    clients.push(watcher);
    const seen: number[] = [];
    watcher.watch({ service: '' }).on('data', ({ status: now }: health.HealthCheckResponse) => seen.push(now)).on('error', () => undefined);
    await sleep(300);
    child.signal(signal);
    await child.line(({ msg }) => msg === 'draining');
    const refused = (await connect(address)(0)) as ServiceError;
    expect(refused.code).toBe(status.UNAVAILABLE);
    expect(readDetails(refused.metadata)).toMatchObject({ reason: 'DRAINING', retryAfterMs: 1000, types: ['ErrorInfo', 'RetryInfo'] });
    expect(await accepted).toBe(7n);
    expect(await child.exited).toBe(0);
    expect(seen).toEqual([1, 2]);
    expect(child.lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['signal received', 'draining', 'on drain done', 'drained']));
  });

  test('ends calls that outlast QUARTET_DRAIN_MS as DRAINING, and exits with 0', async () => {
    const child = start({ QUARTET_DRAIN_MS: '400' });
    const stuck = connect(await child.address())(60_000);
    await sleep(300);
    const started = Date.now();
    child.signal('SIGTERM');
    const error = (await stuck) as ServiceError;
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(readDetails(error.metadata).reason).toBe('DRAINING');
    expect(await child.exited).toBe(0);
    expect(Date.now() - started).toBeLessThan(3000);
  });

  test('with nothing to do, is gone at once', async () => {
    const child = start();
    await child.address();
    const started = Date.now();
    child.signal('SIGTERM');
    expect(await child.exited).toBe(0);
    expect(Date.now() - started).toBeLessThan(2000);
  });

  test('logs an uncaught exception with its stack and exits with 1', async () => {
    const child = start();
    void connect(await child.address())(100_000);
    expect(await child.exited).toBe(1);
    expect(child.lines.find(({ msg }) => msg === 'uncaught exception')).toMatchObject({
      level: 'fatal',
      err: { message: 'nobody catches this', stack: expect.stringContaining('service-main.cjs') },
    });
  });

  test('says which port is taken, and by which setting, and exits with 1', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const child = start({ QUARTET_CNN_PORT: String(port) });
    expect(await child.exited).toBe(1);
    blocker.close();
    expect(child.lines).toHaveLength(1);
    expect(child.lines[0]).toMatchObject({ level: 'fatal', msg: expect.stringMatching(`^cannot listen on 127.0.0.1:${port} \\(QUARTET_CNN_PORT=${port}\\): another process listens there`) });
  });

  test('says which setting is wrong, and exits with 1', async () => {
    const child = start({ QUARTET_DRAIN_MS: 'soon', QUARTET_TRACE_DIR: '/tmp/unused' });
    expect(await child.exited).toBe(1);
    expect(child.lines).toMatchObject([{ level: 'fatal', reason: 'INVALID_FIELD', msg: expect.stringContaining('QUARTET_DRAIN_MS: is "soon"; it takes: whole number') }]);
  });
});
