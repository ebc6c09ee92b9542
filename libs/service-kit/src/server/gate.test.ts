import { status } from '@grpc/grpc-js';
import { QuartetError } from '@quartet/contracts';
import { readDetails } from '../testing/details';
import { call, EchoService, startEcho, type EchoServer, type Note } from '../testing/echo';
import { until } from '../testing/until';

const { say, count, collect, chat } = EchoService;

describe('the gate before a server', () => {
  let server: EchoServer;
  let closed: boolean;
  let ran: number;
  beforeEach(async () => {
    [closed, ran] = [false, 0];
    const full = new QuartetError('QUEUE_FULL', 'full', { retryAfterMs: 70 });
    const ask = (text: string) => ((ran += 1), { text });
    server = await startEcho({ say: async ({ text }) => ask(text) }, { gate: (path) => (closed && path !== collect.path ? full : undefined) });
  });
  afterEach(() => server.close());

  test('refuses calls with the reason and the delay before their message is read, and lets those of other methods and streams in', async () => {
    closed = true;
    for (const method of [say, count]) {
      const { status: end } = await call(server.client, method, [{ text: 'x' }]);
      expect([end.code, end.details]).toEqual([status.RESOURCE_EXHAUSTED, 'full']);
      expect(readDetails(end.metadata)).toMatchObject({ reason: 'QUEUE_FULL', retryAfterMs: 70 });
    }
    // One that never comes to an end, and one that no decoder could read.
    const unsent = server.client.makeBidiStreamRequest(say.path, say.requestSerialize, say.responseDeserialize);
    let code: number | undefined;
    unsent.on('error', () => undefined).on('data', () => undefined).on('status', (end) => (code = end.code));
    await until(() => code !== undefined);
    expect(code).toBe(status.RESOURCE_EXHAUSTED);
    expect((await call(server.client, say, [Buffer.from('{')])).status.code).toBe(status.RESOURCE_EXHAUSTED);
    for (const method of [collect, chat]) expect((await call(server.client, method, [{ text: 'x' }])).status.code).toBe(status.OK);
    expect(ran).toBe(0);
    closed = false;
    expect((await call(server.client, say, [{ text: 'x' }])).status.code).toBe(status.OK);
    expect(server.logged.filter(({ msg, code: logged }) => msg === 'call' && logged === 'RESOURCE_EXHAUSTED')).toHaveLength(4);
  });

  test('thousands that are refused with messages larger than what their connection may have on its way do its other calls no harm', async () => {
    closed = true;
    const large: Note = { text: 'x'.repeat(30_000) };
    const codes = new Set<number>();
    for (let at = 0; at < 2000; at += 200) {
      const outcomes = await Promise.all(Array.from({ length: 200 }, () => call(server.client, say, [large])));
      for (const { status: end } of outcomes) codes.add(end.code);
    }
    expect([...codes]).toEqual([status.RESOURCE_EXHAUSTED]);
    closed = false;
    expect((await call(server.client, say, [large])).messages).toEqual([large]);
  });
});
