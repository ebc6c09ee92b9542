import './testing/alternative-resolver';
import { setTimeout as sleep } from 'node:timers/promises';
import { Metadata, status, type Client, type StatusObject } from '@grpc/grpc-js';
import { connect } from '@quartet/client';
import { gateway as contract, QuartetError, type Settings } from '@quartet/contracts';
import { statusOf, type RunningServer } from '@quartet/service-kit';
import { startNameServer, type NameServer } from './testing/name-server';
import { callRaw, connectRaw, freePort, settings, startProxy, startRaw, until, type RawCall } from './testing/raw';

/** Marked NO_SIDE_EFFECTS in the proto, and not. */
const CLASSIFY = '/quartet.cnn.v1.CnnService/Classify';
const TRAIN = '/quartet.cnn.v1.CnnService/Train';

const unavailable = (retryAfterMs?: number) => statusOf(new QuartetError('UNAVAILABLE', 'not now', { retryAfterMs }));

const { REPLICA_STATE_EJECTED, REPLICA_STATE_LEAVING, REPLICA_STATE_READY, REPLICA_STATE_UNREACHABLE } = contract.ReplicaState;

/** What a replica saw, and what it does: it answers with its name, or as told. */
interface Replica {
  server: RunningServer;
  calls: number;
  act: (call: RawCall) => void;
}

describe('several replicas behind the gateway', () => {
  const open: { drain(): Promise<void> }[] = [];
  const clients: Client[] = [];
  const nameServers: NameServer[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const server of nameServers.splice(0)) server.close();
    await Promise.all(open.splice(0).map((server) => server.drain()));
  });

  async function replica(name: string, port = 0, host = '127.0.0.1', changes: Partial<Settings> = {}): Promise<Replica> {
    const made: Replica = { calls: 0, act: (call: RawCall) => call.on('data', () => call.write(Buffer.from(name))).on('end', () => call.end()) } as unknown as Replica;
    const handler = (call: RawCall) => {
      made.calls += 1;
      made.act(call);
    };
    made.server = await startRaw({ [CLASSIFY]: handler, [TRAIN]: handler }, port, { host, settings: { ...settings, ...changes } });
    open.push(made.server);
    return made;
  }

  async function through(address: string, changes: Partial<Settings> = {}): Promise<Client> {
    return (await watched(address, changes)).client;
  }

  /** Also with what the gateway tells of the replicas. */
  async function watched(address: string, changes: Partial<Settings> = {}): Promise<{ client: Client; seen: () => Promise<contract.RoutedService> }> {
    const gateway = await startProxy(address, [CLASSIFY, TRAIN], changes, [CLASSIFY]);
    const { gateway: gatewayClient, close } = connect({ address: gateway.address });
    open.push(gateway);
    const client = connectRaw(gateway.address);
    clients.push(client, { close } as Client);
    return { client, seen: async () => (await gatewayClient.listReplicas({})).services[0]! };
  }

  const list = (...replicas: Replica[]): string => `ipv4:${replicas.map(({ server }) => server.address).join(',')}`;
  const ask = async (client: Client, path = CLASSIFY, request = Buffer.from('x')): Promise<{ answer: string; end: StatusObject; ms: number }> => {
    const started = Date.now();
    const { messages, status: end } = await callRaw(client, path, [request]);
    return { answer: messages.join(), end, ms: Date.now() - started };
  };

  test('a name is asked for again when a server closes old connections: a new replica is found, and one that left is not missed', async () => {
    const port = await freePort();
    const names = await startNameServer(['127.0.0.1', '127.0.0.2']);
    nameServers.push(names);
    const young = { QUARTET_MAX_CONNECTION_AGE_MS: 400 };
    const [first] = [await replica('first', port, '127.0.0.1', young), await replica('second', port, '127.0.0.2', young)];
    const client = await through(`dns://${names.address}/replicas.test:${port}`);
    const seen = new Set<string>();
    const failed: string[] = [];
    const askUntil = (what: string, holds: () => boolean) =>
      until(what, async () => {
        const { answer, end } = await ask(client);
        if (end.code === status.OK) seen.add(answer);
        else failed.push(end.details);
        return holds();
      }, 30_000);
    await askUntil('both answer', () => seen.size === 2);
    await replica('third', port, '127.0.0.3', young);
    names.addresses = ['127.0.0.2', '127.0.0.3'];
    await askUntil('the third answers', () => seen.has('third'));
    await first.server.drain();
    seen.clear();
    await askUntil('the others go on', () => seen.size === 2);
    expect([...seen].sort()).toEqual(['second', 'third']);
    expect(failed).toEqual([]);
  }, 60_000);

  test('the replicas are told with their states and the calls that are under way', async () => {
    const port = await freePort();
    const [one, two] = [await replica('one'), await replica('two')];
    const address = `${list(one, two)},127.0.0.1:${port}`;
    const { client, seen } = await watched(address);
    await until('both answer', async () => (await ask(client)).end.code === status.OK && one.calls > 0 && two.calls > 0);
    await until('the third was tried', async () => (await seen()).replicas.some(({ state }) => state === REPLICA_STATE_UNREACHABLE));
    const held: RawCall[] = [];
    one.act = (call) => void held.push(call);
    const waiting = [ask(client, TRAIN), ask(client, TRAIN)];
    await until('one of them waits, and the other has ended', async () => held.length === 1 && (await seen()).callsInFlight === 1);
    const told = await seen();
    expect(told).toMatchObject({ name: 'cnn', address, circuitOpen: false });
    const by = (of: string) => told.replicas.find((found) => found.address === of);
    expect(by(one.server.address)).toMatchObject({ state: REPLICA_STATE_READY, callsInFlight: 1, calls: BigInt(one.calls - 1), failedCalls: 0n });
    expect(by(two.server.address)).toMatchObject({ state: REPLICA_STATE_READY, callsInFlight: 0, calls: BigInt(two.calls), failedCalls: 0n });
    expect(by(`127.0.0.1:${port}`)).toMatchObject({ state: REPLICA_STATE_UNREACHABLE, callsInFlight: 0, calls: 0n });
    held[0]!.emit('error', statusOf(new QuartetError('INVALID_FIELD', 'wrong')));
    await Promise.all(waiting);
    expect((await seen()).replicas.find((found) => found.address === one.server.address)).toMatchObject({ callsInFlight: 0, calls: BigInt(one.calls), failedCalls: 1n });
  });

  test('a replica that left the name is told until its last call has ended', async () => {
    const port = await freePort();
    const names = await startNameServer(['127.0.0.1']);
    nameServers.push(names);
    const young = { QUARTET_MAX_CONNECTION_AGE_MS: 400 };
    const [first] = [await replica('first', port, '127.0.0.1', young), await replica('second', port, '127.0.0.2', young)];
    const { client, seen } = await watched(`dns://${names.address}/replicas.test:${port}`);
    const held: RawCall[] = [];
    first.act = (call) => void held.push(call);
    const waiting = ask(client, TRAIN);
    await until('it waits', () => held.length === 1);
    names.addresses = ['127.0.0.2'];
    await until('the name is asked again', async () => (await seen()).replicas.length === 2, 30_000);
    expect((await seen()).replicas.map(({ address, state, callsInFlight }) => [address, state === REPLICA_STATE_LEAVING, callsInFlight])).toEqual([[`127.0.0.1:${port}`, true, 1], [`127.0.0.2:${port}`, false, 0]]);
    held[0]!.end();
    expect((await waiting).end.code).toBe(status.OK);
    expect((await seen()).replicas.map(({ address }) => address)).toEqual([`127.0.0.2:${port}`]);
  }, 60_000);

  test('a replica that is not there costs no call that may be repeated, and is used once it is', async () => {
    const port = await freePort();
    const first = await replica('first');
    const client = await through(`ipv4:${first.server.address},127.0.0.1:${port}`);
    for (let i = 0; i < 20; i++) expect((await ask(client)).answer).toBe('first');
    await replica('late', port);
    await until('the late one answers', async () => (await ask(client)).answer === 'late');
  });

  test('UNAVAILABLE before any answer is tried elsewhere, for what the proto lets be repeated, and within the budget', async () => {
    const [good, bad] = [await replica('good'), await replica('bad')];
    bad.act = (call) => void call.emit('error', unavailable());
    const client = await through(list(good, bad), { QUARTET_GATEWAY_EJECT_PERCENT: 0 });
    for (let i = 0; i < 20; i++) expect((await ask(client)).answer).toBe('good');
    expect(bad.calls).toBeGreaterThan(5);
    const trained = await Promise.all(Array.from({ length: 10 }, () => ask(client, TRAIN)));
    expect(trained.filter(({ end }) => end.code === status.UNAVAILABLE)).toHaveLength(5);
    expect(trained.find(({ end }) => end.code !== status.OK)!.end.details).toBe('not now');

    const spent = await through(list(good, bad), { QUARTET_GATEWAY_EJECT_PERCENT: 0, QUARTET_GATEWAY_RETRY_BUDGET: 4 });
    const before = bad.calls;
    good.act = bad.act;
    const ends = [];
    for (let i = 0; i < 10; i++) ends.push(await ask(spent));
    expect(ends.every(({ end }) => end.code === status.UNAVAILABLE)).toBe(true);
    // Of four tokens two may be spent: without the budget it would be three attempts each.
    expect(bad.calls - before + good.calls).toBeGreaterThan(0);
    const attempts = ends.length;
    const counted = { good: good.calls, bad: bad.calls };
    for (let i = 0; i < attempts; i++) await ask(spent);
    expect(good.calls + bad.calls - counted.good - counted.bad).toBe(attempts);
  }, 60_000);

  test('the delay that a service asks for is kept', async () => {
    const only = await replica('only');
    const answer = only.act;
    only.act = (call) => {
      only.act = answer;
      call.emit('error', unavailable(700));
    };
    const client = await through(list(only));
    const { end, ms } = await ask(client);
    expect(end.code).toBe(status.OK);
    expect(only.calls).toBe(2);
    expect(ms).toBeGreaterThanOrEqual(690);
  });

  test('nothing is sent again after the first byte of an answer, nor with QUARTET_GATEWAY_RETRIES=0', async () => {
    const only = await replica('only');
    only.act = (call) => {
      call.write(Buffer.from('half'));
      setTimeout(() => call.emit('error', unavailable()), 50);
    };
    const { end } = await ask(await through(list(only)));
    expect([end.code, end.details, only.calls]).toEqual([status.UNAVAILABLE, 'not now', 1]);
    only.act = (call) => void call.emit('error', unavailable());
    expect((await ask(await through(list(only), { QUARTET_GATEWAY_RETRIES: 0 }))).end.code).toBe(status.UNAVAILABLE);
    expect(only.calls).toBe(2);
  });

  test('a slow replica is hedged where that is on, and the first answer counts', async () => {
    const [fast, slow] = [await replica('fast'), await replica('slow')];
    const client = await through(list(fast, slow), { QUARTET_GATEWAY_HEDGE_MS: 50 });
    await until('both are connected', async () => (await ask(client)).answer === 'slow' && fast.calls > 0);
    await until('all hedges are over', async () => (await ask(client)).answer === 'fast');
    let cancelled = 0;
    slow.calls = 0;
    slow.act = (call) => void call.on('cancelled', () => (cancelled += 1));
    const answers = [];
    for (let i = 0; i < 10; i++) answers.push((await ask(client)).answer);
    expect(answers).toEqual(Array(10).fill('fast'));
    expect(slow.calls).toBeGreaterThan(2);
    await until('the slow ones are told', () => cancelled >= slow.calls);
  });

  test('a replica that fails nearly all its calls gets none for a while', async () => {
    const [good, bad] = [await replica('good'), await replica('bad')];
    bad.act = (call) => void call.emit('error', statusOf(new QuartetError('INTERNAL', 'broken')));
    const { client, seen } = await watched(list(good, bad));
    await until('it is ejected', async () => {
      const before = bad.calls;
      for (let i = 0; i < 20; i++) await ask(client);
      return bad.calls === before;
    }, 40_000);
    expect(good.calls).toBeGreaterThan(50);
    const told = Object.fromEntries((await seen()).replicas.map((of) => [of.address, of]));
    expect(told[good.server.address]).toMatchObject({ state: REPLICA_STATE_READY, callsInFlight: 0, calls: BigInt(good.calls), failedCalls: 0n });
    expect(told[bad.server.address]).toMatchObject({ state: REPLICA_STATE_EJECTED, callsInFlight: 0, calls: BigInt(bad.calls), failedCalls: BigInt(bad.calls) });
  }, 60_000);

  test('a stream stays where it began, while the others go on elsewhere', async () => {
    const [one, two] = [await replica('one'), await replica('two')];
    const client = await through(list(one, two));
    const stream = client.makeBidiStreamRequest(TRAIN, (b: Buffer) => b, (b: Buffer) => b);
    const answers: string[] = [];
    stream.on('data', (bytes: Buffer) => answers.push(String(bytes))).on('error', () => undefined);
    for (let i = 0; i < 6; i++) {
      stream.write(Buffer.from('step'));
      await ask(client);
      await sleep(5);
    }
    stream.end();
    await new Promise((resolve) => stream.on('status', resolve));
    expect(new Set(answers).size).toBe(1);
    expect(answers).toHaveLength(6);
  });

  test('a service that gives no answer is left alone for a while, then tried', async () => {
    const port = await freePort();
    const client = await through(`127.0.0.1:${port}`, { QUARTET_GATEWAY_BREAKER_FAILURES: 3, QUARTET_GATEWAY_BREAKER_MS: 1500, QUARTET_GATEWAY_RETRIES: 0 });
    for (let i = 0; i < 3; i++) expect((await ask(client)).end.details).toContain("The CNN service isn't reachable");
    const { end } = await ask(client);
    expect(end.code).toBe(status.UNAVAILABLE);
    expect(end.details).toMatch(new RegExp(`^The CNN service at 127\\.0\\.0\\.1:${port} gave no answer to 3 calls in a row; the gateway tries again in \\d+ ms\\. Send the call again then\\.$`));
    await replica('back', port);
    await until('it is tried', async () => (await ask(client)).answer === 'back');
    for (let i = 0; i < 5; i++) expect((await ask(client)).answer).toBe('back');
  });

  test('a caller that is impatient neither opens a circuit nor closes one', async () => {
    const only = await replica('only');
    const answer = only.act;
    const client = await through(list(only), { QUARTET_GATEWAY_BREAKER_FAILURES: 2 });
    only.act = () => undefined;
    for (let i = 0; i < 4; i++) expect((await callRaw(client, CLASSIFY, [Buffer.from('x')], { deadline: Date.now() + 100 })).status.code).toBe(status.DEADLINE_EXCEEDED);
    only.act = answer;
    expect((await ask(client)).answer).toBe('only');
  });

  test("a caller's mistakes open no circuit", async () => {
    const only = await replica('only');
    const client = await through(list(only), { QUARTET_GATEWAY_BREAKER_FAILURES: 3 });
    only.act = (call) => void call.emit('error', statusOf(new QuartetError('INVALID_FIELD', 'wrong')));
    for (let i = 0; i < 10; i++) expect((await ask(client)).end.details).toBe('wrong');
  });

  test('calls beyond QUARTET_GATEWAY_MAX_CALLS are refused, and the place of one that ends is free', async () => {
    const only = await replica('only');
    const answer = only.act;
    const held: RawCall[] = [];
    only.act = (call) => void held.push(call);
    const client = await through(list(only), { QUARTET_GATEWAY_MAX_CALLS: 2 });
    const waiting = [ask(client), ask(client)];
    await until('two wait', () => held.length === 2);
    const { end } = await ask(client);
    expect(end).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: '2 calls to the CNN service are under way in this gateway; the limit is 2 (QUARTET_GATEWAY_MAX_CALLS). Send this one again later, or add gateways.',
    });
    for (const call of held) call.end();
    await Promise.all(waiting);
    only.act = answer;
    expect((await ask(client)).answer).toBe('only');
  });

  test('tenants have rates and quotas of their own, by a header that can be set', async () => {
    const only = await replica('only');
    const client = await through(list(only), {
      QUARTET_TENANT_HEADER: 'x-team',
      QUARTET_TENANT_RATE: 1,
      QUARTET_TENANT_BURST: 2,
      QUARTET_TENANT_LIMITS: '{"gold": {"rate": 0, "dailyCalls": 4}}',
    });
    const as = async (tenant?: string) => {
      const metadata = new Metadata();
      if (tenant) metadata.set('x-team', tenant);
      return (await callRaw(client, CLASSIFY, [Buffer.from('x')], {}, metadata)).status;
    };
    const details = async (tenant: string | undefined, calls: number) => {
      const ends = [];
      for (let i = 0; i < calls; i++) ends.push(as(tenant));
      return (await Promise.all(ends)).filter(({ code }) => code !== status.OK);
    };
    const [late] = await details('bronze', 3);
    expect(late!.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(late!.details).toMatch(/^Tenant "bronze" may make 1 calls a second, 2 at once; this is more\. Send it again in \d+ ms, and spread the calls\.$/);
    expect((await details(undefined, 3))[0]!.details).toMatch(/^Calls without x-team may make/);
    const spent = await details('gold', 6);
    expect(spent.map((end) => end.details)).toEqual(Array(2).fill('Tenant "gold" used up the 4 calls of this day (UTC). Wait for the next, or ask for a larger quota.'));
    expect(spent[0]!.metadata.get('grpc-status-details-bin')).toHaveLength(1);
    expect(only.calls).toBe(8);
  });
});
