import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, status, type ServiceError } from '@grpc/grpc-js';
import { health } from '@quartet/contracts';
import { startEcho, type EchoServer } from '../testing/echo';
import { until } from '../testing/until';

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = health.HealthCheckResponse_ServingStatus;
const ECHO = 'quartet.test.v1.Echo';

describe('grpc.health.v1', () => {
  let server: EchoServer;
  let client: InstanceType<typeof health.HealthClient>;
  const start = async (...args: Parameters<typeof startEcho>) => {
    server = await startEcho(...args);
    client = new health.HealthClient(server.address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  };
  afterEach(async () => {
    client.close();
    await server.close();
  });

  const check = (service: string) =>
    new Promise<health.HealthCheckResponse_ServingStatus | ServiceError>((resolve) => client.check({ service }, (error, response) => resolve(error ?? response.status)));

  function watch(service: string) {
    const seen: number[] = [];
    const stream = client.watch({ service });
    const ended = new Promise<string>((resolve) => stream.on('end', () => resolve('end')).on('error', (error: ServiceError) => resolve(error.message)));
    stream.on('data', ({ status: now }: health.HealthCheckResponse) => seen.push(now));
    return { seen, stream, ended };
  }

  test('Check knows the process, its services and the models put in, and nothing else', async () => {
    await start();
    expect([await check(''), await check(ECHO)]).toEqual([SERVING, SERVING]);
    expect(await check('digits')).toMatchObject({ code: status.NOT_FOUND, details: expect.stringContaining('"digits"') });
    server.setServing('digits', false);
    expect(await check('digits')).toBe(NOT_SERVING);
    server.setServing('digits', true);
    expect(await check('digits')).toBe(SERVING);
    server.health.remove('digits');
    expect(await check('digits')).toMatchObject({ code: status.NOT_FOUND });
  });

  test('List has them all', async () => {
    await start({}, { ready: false });
    server.setServing('digits', true);
    const { statuses } = await new Promise<health.HealthListResponse>((resolve, reject) => client.list({}, (error, list) => (error ? reject(error) : resolve(list))));
    expect(statuses).toEqual({ '': { status: NOT_SERVING }, [ECHO]: { status: NOT_SERVING }, digits: { status: SERVING } });
  });

  test('Watch tells each change once, from SERVICE_UNKNOWN on', async () => {
    await start();
    const { seen, stream, ended } = watch('digits');
    await until(() => seen.length === 1);
    let changes = 1;
    let before: boolean | undefined;
    for (const serving of [true, true, false, true]) {
      server.setServing('digits', serving);
      if (serving !== before) changes += 1;
      before = serving;
      await until(() => seen.length >= changes);
    }
    server.health.remove('digits');
    await until(() => seen.length > changes);
    expect(seen).toEqual([SERVICE_UNKNOWN, SERVING, NOT_SERVING, SERVING, SERVICE_UNKNOWN]);
    stream.cancel();
    expect(await ended).toContain('CANCELLED');
  });

  test('a drain turns all NOT_SERVING and ends the watches', async () => {
    await start();
    const { seen, ended } = watch('');
    await sleep(50);
    await server.drain();
    expect(await ended).toBe('end');
    expect(seen).toEqual([SERVING, NOT_SERVING]);
  });
});
