import { connect } from 'node:http2';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { QuartetError } from '@quartet/contracts';
import { readDetails } from '../testing/details';
import { settled } from '../testing/settled';
import { call, EchoService, startEcho, type EchoServer, type Note } from '../testing/echo';
import { until } from '../testing/until';

const { say, count, collect, chat } = EchoService;


describe('startServer', () => {
  let server: EchoServer;
  afterEach(() => server.close());

  test('serves all four kinds of streaming', async () => {
    server = await startEcho();
    const texts = async (...args: Parameters<typeof call>) => (await call(...args)).messages.map(({ text, n }) => [text, n]);
    expect(await texts(server.client, say, [{ text: 'hello' }])).toEqual([['you said hello', undefined]]);
    expect(await texts(server.client, count, [{ text: 'a', n: 3 }])).toEqual([['a', 0], ['a', 1], ['a', 2]]);
    expect(await texts(server.client, collect, [{ text: 'a' }, { text: 'b' }])).toEqual([['a b', 2]]);
    expect(await texts(server.client, chat, [{ text: 'x' }, { text: 'y' }])).toEqual([['X', undefined], ['Y', undefined]]);
  });

  test('prints the listening line with the bound address', async () => {
    server = await startEcho();
    expect(server.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
    expect(server.logged[0]).toMatchObject({ msg: 'listening', address: server.address, level: 'info' });
  });

  test('an error of any kind of handler arrives with its details, after the messages before it', async () => {
    const error = QuartetError.invalid('text', 'is empty; expected some');
    server = await startEcho({
      say: () => Promise.reject(error),
      collect: () => Promise.reject(error),
      async *count() {
        yield { text: 'first' };
        throw error;
      },
      async *chat() {
        throw error;
      },
    });
    for (const method of [say, count, collect, chat]) {
      const { status: end, messages } = await call(server.client, method, [{ text: '' }]);
      expect(end.code).toBe(status.INVALID_ARGUMENT);
      expect(end.details).toBe('text: is empty; expected some');
      expect(readDetails(end.metadata)).toMatchObject({ reason: 'INVALID_FIELD', types: ['ErrorInfo', 'BadRequest'], violations: error.violations });
      expect(messages).toEqual(method === count ? [{ text: 'first' }] : []);
    }
  });

  test('a synchronous throw is an internal error, not a crash', async () => {
    server = await startEcho({
      say: () => {
        throw new Error('boom');
      },
      count: () => {
        throw new Error('boom');
      },
    });
    for (const method of [say, count]) expect((await call(server.client, method, [{ text: '' }])).status.code).toBe(status.INTERNAL);
  });

  test("the caller's cancel reaches the handler, in every kind", async () => {
    const reasons: string[] = [];
    let waiting = 0;
    const hang = async (signal: AbortSignal): Promise<never> => {
      waiting += 1;
      try {
        return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      } catch (error) {
        reasons.push((error as QuartetError).reason);
        throw error;
      } finally {
        waiting -= 1;
      }
    };
    server = await startEcho({
      say: (_, { signal }) => hang(signal),
      collect: (_, { signal }) => hang(signal),
      async *count(_, { signal }) {
        yield { text: 'first' };
        await hang(signal);
      },
      async *chat(_, { signal }) {
        yield { text: 'first' };
        await hang(signal);
      },
    });
    for (const { path } of [say, collect, count, chat]) {
      const stream = server.client.makeBidiStreamRequest(path, () => Buffer.from('{}'), (b: Buffer) => b);
      const ended = new Promise((resolve) => stream.on('error', resolve).resume());
      stream.write({});
      stream.end();
      await until(() => waiting === 1);
      stream.cancel();
      expect(await ended).toMatchObject({ code: status.CANCELLED });
      await until(() => waiting === 0);
    }
    await until(() => server.logged.filter(({ msg }) => msg === 'call').length === 4);
    expect(reasons).toEqual(Array(4).fill('CANCELLED'));
    expect(server.logged.filter(({ msg }) => msg === 'call').map(({ code }) => code)).toEqual(Array(4).fill('CANCELLED'));
  });

  test('a generator that was left is closed even if it never looks at the signal', async () => {
    let closed = false;
    server = await startEcho({
      async *count() {
        try {
          for (;;) {
            await sleep(5);
            yield { text: 'tick' };
          }
        } finally {
          closed = true;
        }
      },
    });
    const stream = server.client.makeServerStreamRequest(count.path, (m: Buffer) => m, (b: Buffer) => b, Buffer.from('{}'));
    stream.on('error', () => undefined).once('data', () => stream.cancel());
    stream.resume();
    await until(() => closed);
    expect(closed).toBe(true);
  });

  test('the deadline reaches the handler, which need not heed it', async () => {
    let seen: { reason?: string; remaining?: number } = {};
    server = await startEcho({
      say: async (_, { signal, deadline }) => {
        seen = { remaining: deadline!.getTime() - Date.now() };
        signal.addEventListener('abort', () => (seen.reason = (signal.reason as QuartetError).reason));
        await sleep(400);
        return { text: 'too late' };
      },
    });
    // The client's own timer would answer first; over http2 the server's answer is seen.
    const trailers = await rawCall(server.address, say.path, { 'grpc-timeout': '150m' });
    expect(trailers['grpc-status']).toBe(String(status.DEADLINE_EXCEEDED));
    expect(decodeURI(trailers['grpc-message']!)).toBe(`${say.path} took longer than the call's deadline. Allow more time, or send less at once.`);
    expect(trailers['grpc-status-details-bin']).toBeDefined();
    expect(seen.remaining).toBeGreaterThan(50);
    expect(seen.remaining).toBeLessThanOrEqual(150);
    await sleep(20);
    expect(seen.reason).toBe('DEADLINE_EXCEEDED');
  });

  test('a call whose deadline has passed never reaches its handler', async () => {
    let ran = 0;
    server = await startEcho({ say: () => Promise.resolve({ text: `${(ran += 1)}` }) });
    const trailers = await rawCall(server.address, say.path, { 'grpc-timeout': '1n' });
    expect(trailers['grpc-status']).toBe(String(status.DEADLINE_EXCEEDED));
    await sleep(20);
    expect(ran).toBe(0);
    expect((await call(server.client, say, [{ text: '' }])).messages).toEqual([{ text: '1' }]);
  });

  test('a deadline of a month is not one in the past', async () => {
    let deadline: Date | undefined = new Date(0);
    server = await startEcho({ say: (_, ctx) => Promise.resolve({ text: String((deadline = ctx.deadline)) }) });
    const trailers = await rawCall(server.address, say.path, { 'grpc-timeout': '2592000S' });
    expect(trailers['grpc-status']).toBe('0');
    expect(deadline).toBeUndefined();
  });

  test('messages over the limit are refused both ways, with the numbers and the setting', async () => {
    server = await startEcho({ count: (request) => repeat(request) }, { env: { QUARTET_MAX_MESSAGE_BYTES: '1024' } });
    const large = { text: 'x'.repeat(2000) };
    const received = (await call(server.client, say, [large])).status;
    expect(received.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(received.details).toMatch(/^The request of \/quartet\.test\.v1\.Echo\/Say is 20\d\d bytes; the limit is 1024\. .*QUARTET_MAX_MESSAGE_BYTES/);
    expect(readDetails(received.metadata).reason).toBe('LIMIT_EXCEEDED');
    const sent = (await call(server.client, count, [{ text: 'x', n: 2000 }])).status;
    expect(sent.details).toMatch(/^The response of .* is 20\d\d bytes; the limit is 1024/);
    const inStream = await call(server.client, collect, [{ text: 'fits' }, large]);
    expect(readDetails(inStream.status.metadata).reason).toBe('LIMIT_EXCEEDED');
  });

  test('a request that is no message of the type is INVALID_ARGUMENT', async () => {
    server = await startEcho();
    const { status: end } = await call(server.client, say, [Buffer.from('not json')]);
    expect(end.code).toBe(status.INVALID_ARGUMENT);
    expect(readDetails(end.metadata).reason).toBe('INVALID_FIELD');
  });

  test('an unknown method is UNIMPLEMENTED with details', async () => {
    server = await startEcho();
    for (const path of ['/quartet.test.v1.Echo/Shout', '/no.such.Service/Say']) {
      const { status: end } = await call(server.client, { path }, [{ text: '' }]);
      expect(end.code).toBe(status.UNIMPLEMENTED);
      expect(end.details).toContain(`There is no method ${path} here.`);
      expect(readDetails(end.metadata).reason).toBe('UNIMPLEMENTED');
    }
  });

  test('a slow reader holds the handler back, and gets everything', async () => {
    let made = 0;
    server = await startEcho({
      async *count({ n = 0 }) {
        for (; made < n; made++) yield { text: 'x'.repeat(100_000), n: made };
      },
    });
    const stream = server.client.makeServerStreamRequest(count.path, (m: Buffer) => m, (b: Buffer) => JSON.parse(b.toString()) as Note, Buffer.from('{"n":1000}'));
    const reader = (stream as AsyncIterable<Note>)[Symbol.asyncIterator]() as AsyncGenerator<Note>;
    const got = [((await reader.next()).value as Note).n]; // Until the first read, grpc-js's client takes all that comes.
    expect(await settled(() => made)).toBeLessThan(300);
    for await (const { n } of reader) got.push(n);
    expect(got).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  test('a handler that does not read holds the sender back', async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    server = await startEcho({
      async collect(notes) {
        await gate;
        let n = 0;
        for await (const _ of notes) n += 1;
        return { text: 'all', n };
      },
    });
    let done: (answer: Note | undefined) => void;
    const answer = new Promise<Note | undefined>((resolve) => (done = resolve));
    const stream = server.client.makeClientStreamRequest(collect.path, (m: Note) => Buffer.from(JSON.stringify(m)), (b: Buffer) => JSON.parse(b.toString()) as Note, (_, r) => done(r));
    let sent = 0;
    const sending = (async () => {
      for (; sent < 1000; sent++) if (!stream.write({ text: 'x'.repeat(100_000) })) await new Promise((resolve) => stream.once('drain', resolve));
      stream.end();
    })();
    expect(await settled(() => sent)).toBeLessThan(300);
    go();
    await sending;
    expect(await answer).toEqual({ text: 'all', n: 1000 });
  });

  test('a handler may answer without reading all that is sent', async () => {
    server = await startEcho({
      async collect(notes) {
        for await (const { text } of notes) return { text: `enough after ${text}` };
        return { text: 'none' };
      },
      async *chat(notes) {
        for await (const { text } of notes) {
          yield { text: `only ${text}` };
          return;
        }
      },
    });
    const requests = Array.from({ length: 50 }, (_, i) => ({ text: String(i) }));
    expect(await call(server.client, collect, requests)).toMatchObject({ messages: [{ text: 'enough after 0' }], status: { code: status.OK } });
    expect(await call(server.client, chat, requests)).toMatchObject({ messages: [{ text: 'only 0' }], status: { code: status.OK } });
  });

  test('a port that is taken is an error that names the address and the setting', async () => {
    server = await startEcho();
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    await expect(startEcho({}, { name: 'cnn', port })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port} (QUARTET_CNN_PORT=${port}): another process listens there: stop it, or choose another port (0 takes a free one)`,
    );
    await expect(startEcho({}, { port: server.port })).rejects.toThrow('another process listens there');
    blocker.close();
  });

  test('a host that is not of this machine names QUARTET_HOST', async () => {
    server = await startEcho();
    await expect(startEcho({}, { host: '192.0.2.1', env: { QUARTET_INSECURE: 'true' } })).rejects.toThrow(/cannot listen on 192\.0\.2\.1:0 .*QUARTET_HOST/);
  });
});

async function* repeat({ text, n = 0 }: Note): AsyncGenerator<Note> {
  yield { text: text.repeat(n) };
}

/** A call without grpc-js's client, for headers that it would not send. Resolves with the trailers. */
function rawCall(address: string, path: string, headers: Record<string, string>): Promise<Record<string, string | undefined>> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${address}`);
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers });
    const received: Record<string, string | undefined> = {};
    const take = (more: object) => void Object.assign(received, more);
    stream.on('response', take).on('trailers', take).on('error', reject).resume();
    stream.on('close', () => {
      session.close();
      resolve(received);
    });
    const body = Buffer.from('{"text":"x"}');
    const frame = Buffer.alloc(5 + body.length);
    frame.writeUInt32BE(body.length, 1);
    body.copy(frame, 5);
    stream.end(frame);
  });
}
