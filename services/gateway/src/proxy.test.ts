import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { errorDetails, QuartetError, rpc } from '@quartet/contracts';
import { statusOf, type RunningServer } from '@quartet/service-kit';
import { callRaw, connectRaw, freePort, settled, startProxy, startRaw, until, type RawCall } from './testing/raw';

const ECHO = '/quartet.test.v1.Raw/Echo';
const OTHER = '/quartet.test.v1.Raw/Other';

function metadataWith(key: string, value: string): Metadata {
  const metadata = new Metadata();
  metadata.set(key, value);
  return metadata;
}

const echo = (call: RawCall) => {
  call.on('data', (bytes: Buffer) => call.write(bytes));
  call.on('end', () => call.end());
};

describe('proxy', () => {
  const open: { drain(): Promise<void> }[] = [];
  const clients: Client[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(open.splice(0).map((server) => server.drain()));
  });

  /** A client of a proxy of an upstream with that handler. */
  async function through(handler: (call: RawCall) => void, address?: string): Promise<Client> {
    const upstream: RunningServer = await startRaw({ [ECHO]: handler });
    const gateway = await startProxy(address ?? upstream.address, [ECHO, OTHER]);
    open.push(upstream, gateway);
    const client = connectRaw(gateway.address);
    clients.push(client);
    return client;
  }

  test('passes the bytes of each kind of call on unchanged, empty and large messages too', async () => {
    const client = await through(echo);
    const requests = [randomBytes(3), Buffer.alloc(0), randomBytes(5_000_000), randomBytes(70_000)];
    const { messages, status: end } = await callRaw(client, ECHO, requests);
    expect(end.code).toBe(status.OK);
    expect(messages.map((m, i) => m.equals(requests[i]!))).toEqual([true, true, true, true]);
    const unary = await new Promise<Buffer | undefined>((resolve, reject) => {
      client.makeUnaryRequest(ECHO, (b: Buffer) => b, (b: Buffer) => b, Buffer.from('one'), (error, value) => (error ? reject(error) : resolve(value)));
    });
    expect(unary?.toString()).toBe('one');
  });

  test('passes metadata on both ways, headers and trailers, except what belongs to the hop', async () => {
    let seen: Record<string, unknown> = {};
    const client = await through((call) => {
      seen = call.metadata.getMap();
      const headers = new Metadata();
      headers.set('x-served-by', 'upstream');
      headers.set('x-raw-bin', Buffer.from([0, 255]));
      call.sendMetadata(headers);
      call.write(Buffer.from('m'));
      const trailers = new Metadata();
      trailers.set('x-cost', '42');
      call.end(trailers);
    });
    const metadata = new Metadata();
    metadata.add('x-tenant', 'a');
    metadata.add('x-tenant', 'b');
    metadata.set('traceparent', '00-11111111111111111111111111111111-2222222222222222-01');
    metadata.set('x-key-bin', Buffer.from([1, 2, 254]));
    const outcome = await callRaw(client, ECHO, [], {}, metadata);
    expect(seen).toMatchObject({
      'x-tenant': 'a, b',
      traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
      'x-key-bin': Buffer.from([1, 2, 254]),
    });
    expect(Object.keys(seen).sort()).toEqual(['traceparent', 'user-agent', 'x-key-bin', 'x-tenant']);
    expect(outcome.headers.getMap()).toMatchObject({ 'x-served-by': 'upstream', 'x-raw-bin': Buffer.from([0, 255]) });
    expect(outcome.status.metadata.getMap()).toEqual({ 'x-cost': '42' });
  });

  test('passes an error on with its details byte for byte, after the messages before it', async () => {
    const error = statusOf(new QuartetError('QUEUE_FULL', 'digits: 7 wait; try later', { retryAfterMs: 250, metadata: { model: 'digits' } }));
    const client = await through((call) => {
      for (let i = 0; i < 20; i++) call.write(Buffer.alloc(50_000, i));
      call.emit('error', error);
    });
    const { messages, status: end } = await callRaw(client, ECHO, []);
    expect(messages.map((m) => m[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(end).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: 'digits: 7 wait; try later' });
    expect(end.metadata.get('grpc-status-details-bin')).toEqual(error.metadata.get('grpc-status-details-bin'));
  });

  test("an upstream's status without details keeps its code and text", async () => {
    const client = await through((call) => {
      call.emit('error', Object.assign(new Error('no'), { code: status.NOT_FOUND, details: 'no such thing' }));
    });
    expect((await callRaw(client, ECHO, [])).status).toMatchObject({ code: status.NOT_FOUND, details: 'no such thing' });
  });

  test('a method that the upstream lacks is UNIMPLEMENTED', async () => {
    const client = await through(echo);
    expect((await callRaw(client, OTHER, [])).status.code).toBe(status.UNIMPLEMENTED);
  });

  test('the deadline goes along, and its end cancels the upstream call', async () => {
    let deadline = 0;
    let cancelled = false;
    const client = await through((call) => {
      deadline = Number(call.getDeadline());
      call.on('cancelled', () => (cancelled = true));
    });
    const asked = Date.now() + 300;
    const { status: end } = await callRaw(client, ECHO, [], { deadline: asked });
    expect(end.code).toBe(status.DEADLINE_EXCEEDED);
    expect(Math.abs(deadline - asked)).toBeLessThan(50);
    await until('the upstream is told', () => cancelled);
  });

  test("the caller's cancel reaches the upstream", async () => {
    let cancelled = false;
    const client = await through((call) => {
      call.write(Buffer.from('started'));
      call.on('cancelled', () => (cancelled = true));
    });
    const stream = client.makeBidiStreamRequest(ECHO, (b: Buffer) => b, (b: Buffer) => b);
    stream.on('error', () => undefined).once('data', () => stream.cancel());
    await until('the upstream is told', () => cancelled);
  });

  test('a slow reader holds the upstream back', async () => {
    let made = 0;
    const client = await through((call) => {
      const more = () => {
        while (made < 1000) {
          made += 1;
          if (!call.write(Buffer.alloc(100_000, made % 256))) return void call.once('drain', more);
        }
        call.end();
      };
      more();
    });
    const stream = client.makeServerStreamRequest(ECHO, (b: Buffer) => b, (b: Buffer) => b, Buffer.alloc(0));
    const reader = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]() as AsyncGenerator<Buffer>;
    await reader.next(); // Until the first read, grpc-js's client takes all that comes.
    expect(await settled(() => made)).toBeLessThan(400);
    let got = 1;
    for await (const message of reader) expect(message[0]).toBe((got += 1) % 256);
    expect(got).toBe(1000);
  });

  test('an upstream that does not read holds the sender back', async () => {
    let reader: RawCall | undefined;
    const client = await through((call) => (reader = call));
    const stream = client.makeBidiStreamRequest(ECHO, (b: Buffer) => b, (b: Buffer) => b);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 1000; sent++) if (!stream.write(Buffer.alloc(100_000))) await new Promise((resolve) => stream.once('drain', resolve));
      stream.end();
    })();
    expect(await settled(() => sent)).toBeLessThan(400);
    let got = 0;
    reader!.on('data', () => (got += 1)).on('end', () => reader!.end());
    await sending;
    await new Promise((resolve) => stream.on('status', resolve).resume());
    expect(got).toBe(1000);
  });

  test('an upstream that answers early ends the upload', async () => {
    const client = await through((call) => {
      call.once('data', () => call.emit('error', statusOf(new QuartetError('LIMIT_EXCEEDED', 'enough'))));
    });
    const { status: end } = await callRaw(client, ECHO, Array.from({ length: 200 }, () => Buffer.alloc(10_000)));
    expect(end).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: 'enough' });
  });

  test('an unreachable upstream is UNAVAILABLE, naming the service, where it should be, the setting and a delay', async () => {
    const port = await freePort();
    const client = await through(echo, `127.0.0.1:${port}`);
    const { status: end } = await callRaw(client, ECHO, [Buffer.from('x')], { deadline: Date.now() + 5000 });
    expect(end.code).toBe(status.UNAVAILABLE);
    expect(end.details).toBe(`The CNN service isn't reachable at 127.0.0.1:${port}; is it running? QUARTET_CNN_ADDRESS says where it is. Send the call again later.`);
    const { details } = rpc.Status.decode(end.metadata.get('grpc-status-details-bin')[0] as Buffer);
    expect(errorDetails.ErrorInfo.decode(details[0]!.value)).toMatchObject({ reason: 'UNAVAILABLE', domain: 'quartet' });
    expect(errorDetails.RetryInfo.decode(details[1]!.value).retryDelay).toEqual({ seconds: 1n, nanos: 0 });
  });

  test('an address whose name does not resolve reads the same', async () => {
    const client = await through(echo, 'no-such-host.invalid:50051');
    const { status: end } = await callRaw(client, ECHO, [Buffer.from('x')], { deadline: Date.now() + 20_000 });
    expect(end.code).toBe(status.UNAVAILABLE);
    expect(end.details).toContain("The CNN service isn't reachable at no-such-host.invalid:50051");
  });

  test('replicas share the calls, and one that drains costs none of them', async () => {
    const served = [0, 0];
    const replicas = await Promise.all([0, 1].map((i) => startRaw({ [ECHO]: (call) => (served[i]!++, echo(call)) })));
    const client = await through(echo, `ipv4:${replicas.map(({ address }) => address).join(',')}`);
    open.push(...replicas);
    const codes: status[] = [];
    for (let i = 0; i < 200; i++) {
      if (i === 60) void replicas[0]!.drain();
      codes.push((await callRaw(client, ECHO, [Buffer.from('x')])).status.code);
      await sleep(1);
    }
    expect(codes.filter((code) => code !== status.OK)).toEqual([]);
    expect(served[0]).toBeGreaterThan(10);
    expect(served[1]).toBeGreaterThan(130);
  });

  test('a drain that runs out of time ends a proxied stream as DRAINING', async () => {
    const client = await through((call) => void call.write(Buffer.from('started')));
    const stream = client.makeBidiStreamRequest(ECHO, (b: Buffer) => b, (b: Buffer) => b);
    const ended = new Promise<{ code: number; details: string }>((resolve) => stream.on('error', resolve as never));
    await new Promise((resolve) => stream.once('data', resolve));
    void open[1]!.drain();
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining('This process is shutting down') });
  });
});

test.each([['a unary', [ECHO]], ['a streaming', []]])('an answer over the limit of messages ends %s call, saying which setting', async (_, unary) => {
  const upstream = await startRaw({ [ECHO]: (call) => call.on('data', () => call.write(Buffer.alloc(2000))).on('end', () => call.end()) });
  const gateway = await startProxy(upstream.address, [ECHO], { QUARTET_MAX_MESSAGE_BYTES: 1024 }, unary);
  const client = connectRaw(gateway.address);
  const { status: end } = await callRaw(client, ECHO, [Buffer.from('x')]);
  client.close();
  await Promise.all([gateway.drain(), upstream.drain()]);
  expect(end).toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: `The response of ${ECHO} is larger than a message may be. Ask for less at once, or raise QUARTET_MAX_MESSAGE_BYTES on both sides.`,
  });
});

describe('proxyUnary', () => {
  const open: { drain(): Promise<void> }[] = [];
  let client: Client | undefined;
  afterEach(async () => {
    client?.close();
    await Promise.all(open.splice(0).map((server) => server.drain()));
  });

  async function through(handler: (call: RawCall) => void): Promise<Client> {
    const upstream = await startRaw({ [ECHO]: handler });
    const gateway = await startProxy(upstream.address, [ECHO], {}, [ECHO]);
    open.push(upstream, gateway);
    return (client = connectRaw(gateway.address));
  }

  test('passes message, headers and trailers on, whatever their size', async () => {
    const request = randomBytes(5_000_000);
    const outcome = await callRaw(
      await through((call) => {
        const headers = new Metadata();
        headers.set('x-served-by', String(call.metadata.get('x-for')[0]));
        call.sendMetadata(headers);
        call.on('data', (bytes: Buffer) => call.write(bytes));
        call.on('end', () => {
          const trailers = new Metadata();
          trailers.set('x-cost-bin', Buffer.from([1, 255]));
          call.end(trailers);
        });
      }),
      ECHO,
      [request],
      {},
      metadataWith('x-for', 'a'),
    );
    expect(outcome.messages.map((message) => message.equals(request))).toEqual([true]);
    expect(outcome.headers.get('x-served-by')).toEqual(['a']);
    expect(outcome.status).toMatchObject({ code: status.OK });
    expect(outcome.status.metadata.getMap()).toEqual({ 'x-cost-bin': Buffer.from([1, 255]) });
  });

  test('passes an error on with its details, and without a delay for the retries of the gateway', async () => {
    const error = statusOf(new QuartetError('UNAVAILABLE', 'not now', { retryAfterMs: 250 }));
    expect(error.metadata.get('grpc-retry-pushback-ms')).toEqual(['250']);
    const { status: end, messages } = await callRaw(await through((call) => void call.emit('error', error)), ECHO, [Buffer.from('x')]);
    expect([messages, end.code, end.details]).toEqual([[], status.UNAVAILABLE, 'not now']);
    expect(end.metadata.get('grpc-status-details-bin')).toEqual(error.metadata.get('grpc-status-details-bin'));
    expect(end.metadata.get('grpc-retry-pushback-ms')).toEqual([]);
  });

  test("the deadline and the caller's cancel reach the upstream", async () => {
    let cancelled = 0;
    const caller = await through((call) => void call.on('cancelled', () => (cancelled += 1)));
    expect((await callRaw(caller, ECHO, [Buffer.from('x')], { deadline: Date.now() + 300 })).status.code).toBe(status.DEADLINE_EXCEEDED);
    await until('the upstream is told', () => cancelled >= 1);
    const before = cancelled;
    const stream = caller.makeBidiStreamRequest(ECHO, (b: Buffer) => b, (b: Buffer) => b);
    stream.on('error', () => undefined).write(Buffer.from('x'));
    stream.end();
    await sleep(200);
    stream.cancel();
    await until('the upstream is told again', () => cancelled > before);
  });

  test('a caller that leaves before its request is complete starts nothing upstream', async () => {
    let calls = 0;
    const caller = await through((call) => {
      calls += 1;
      call.end();
    });
    const stream = caller.makeBidiStreamRequest(ECHO, (b: Buffer) => b, (b: Buffer) => b);
    stream.on('error', () => undefined).write(Buffer.from('x'));
    await sleep(100);
    stream.cancel();
    expect((await callRaw(caller, ECHO, [Buffer.from('y')])).status.code).toBe(status.OK);
    expect(calls).toBe(1);
  });
});

test('a client to nowhere of grpc-js itself fails in other words, so the words above are ours', async () => {
  const client = new Client(`127.0.0.1:${await freePort()}`, credentials.createInsecure());
  expect((await callRaw(client, ECHO, [])).status.details).toContain('No connection established');
  client.close();
});
