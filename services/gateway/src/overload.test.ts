import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { CallError, connect, type QuartetClient } from '@quartet/client';
import { cnn, readSettings, type QuartetError } from '@quartet/contracts';
import { Batcher, createLogger, service, startServer, type CallContext, type RunningServer } from '@quartet/service-kit';
import { startGateway } from './gateway';
import { callRaw, connectRaw, freePort, until } from './testing/raw';

const quiet = createLogger({ service: 'test', level: 'silent' });
const PATH = cnn.CnnServiceService.classify.path;
const others = Object.fromEntries(Object.keys(cnn.CnnServiceService).map((method) => [method, () => Promise.reject(new Error('not called here'))]));

/** With 25 kB, as a batch of small images has. */
const request = (model: string) => cnn.ClassifyRequest.fromPartial({ model: { name: model }, input: { $case: 'batch', value: { shape: [25_000n], data: Buffer.alloc(25_000) } } });
const bytesOf = (model: string) => Buffer.from(cnn.ClassifyRequest.encode(request(model)).finish());

describe('a service under more load than it can bear, behind a gateway', () => {
  let gateway: RunningServer;
  let upstream: RunningServer;
  let batchers: Map<string, Batcher<string, string>>;
  /** Calls that reached the service. */
  let reached: number;

  beforeEach(async () => {
    [batchers, reached] = [new Map(), 0];
    const batcherOf = (name: string) => {
      const run = async (items: string[]) => {
        if (name === 'digits') await sleep(100);
        return items;
      };
      const known = batchers.get(name) ?? new Batcher<string, string>({ name, maxBatch: 4, maxWaitMs: 0, maxQueue: 16, run });
      batchers.set(name, known);
      return known;
    };
    const classify = async ({ model }: cnn.ClassifyRequest, { signal, deadline }: CallContext) => {
      reached += 1;
      await batcherOf(model!.name).submit('', { signal, deadline });
      return cnn.ClassifyResponse.fromPartial({});
    };
    const cnnPort = await freePort();
    const away = async () => `127.0.0.1:${await freePort()}`;
    const settings = readSettings({
      QUARTET_GATEWAY_PORT: '0',
      QUARTET_DRAIN_MS: '300',
      QUARTET_CNN_ADDRESS: `127.0.0.1:${cnnPort}`,
      QUARTET_RNN_ADDRESS: await away(),
      QUARTET_GAN_ADDRESS: await away(),
      QUARTET_AUTOENCODER_ADDRESS: await away(),
      QUARTET_REGISTRY_ADDRESS: await away(),
    });
    upstream = await startServer({ name: 'cnn', settings, port: cnnPort, log: quiet, handleSignals: false, services: [service(cnn.CnnServiceService, { ...others, classify } as never)] });
    gateway = await startGateway({ settings, handleSignals: false, log: quiet });
  });
  afterEach(async () => {
    await gateway.drain();
    await upstream.drain();
  });

  test('answers or refuses with a delay, and nothing else, whoever leaves meanwhile; most refusals cost the service nothing', async () => {
    const client: QuartetClient = connect({ address: gateway.address });
    const leaving = connectRaw(gateway.address);
    const ends: Record<string, number> = {};
    const note = (end: string) => (ends[end] = (ends[end] ?? 0) + 1);
    const one = async (model: string) => {
      try {
        await client.cnn.classify(request(model), { deadlineMs: 60_000 });
        note(`${model} OK`);
      } catch (error) {
        note(error instanceof CallError && error.code === status.RESOURCE_EXHAUSTED && error.retryAfterMs! > 0 ? `${model} refused` : `${model} ${String(error)}`);
      }
    };
    // The service can do forty a second.
    const sent: Promise<void>[] = [];
    for (let at = 0; at < 1500; at++) {
      sent.push(one('digits'));
      if (at % 50 === 0) sent.push(one('letters'));
      if (at % 5 === 0) {
        const left = leaving.makeUnaryRequest(PATH, (bytes: Buffer) => bytes, (bytes: Buffer) => bytes, bytesOf('digits'), () => undefined);
        setTimeout(() => left.cancel(), 5);
      }
      if (at % 2 === 0) await sleep(1);
    }
    await Promise.all(sent);
    // The other model's queue had room all the time.
    expect(Object.keys(ends).sort()).toEqual(['digits OK', 'digits refused', 'letters OK']);
    expect(ends['letters OK']).toBe(30);
    expect(reached).toBeLessThan(1500);
    await until('a place in the queue', async () => (await callRaw(leaving, PATH, [bytesOf('digits')])).status.code === status.OK);
    leaving.close();
    client.close();
  });

  test("a refusal of the gateway's own tells reason, delay and what to do", async () => {
    const client = connect({ address: gateway.address });
    let found: QuartetError | undefined;
    const caller = async () => {
      while (!found) {
        await client.cnn.classify(request('digits'), { deadlineMs: 60_000 }).catch((error: QuartetError) => {
          if (/has just refused/.test(error.message)) found ??= error;
        });
      }
    };
    await Promise.all(Array.from({ length: 30 }, caller));
    expect(found).toMatchObject({ code: status.RESOURCE_EXHAUSTED, reason: 'QUEUE_FULL' });
    expect(found!.retryAfterMs).toBeGreaterThan(0);
    expect(found!.message).toMatch(/The CNN service has just refused calls for this model, with about as much time as this one has: too many wait\. Send it again in \d+ ms, allow more time, or add replicas\./);
    client.close();
  });
});
