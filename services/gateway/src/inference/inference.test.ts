import { status, type Client } from '@grpc/grpc-js';
import { Family, inference, ListModelsResponse, GetModelRequest, Model, ModelServiceService, QuartetError, readSettings } from '@quartet/contracts';
import { createLogger, statusOf, type RunningServer } from '@quartet/service-kit';
import { startGateway } from '../gateway';
import { callRaw, connectRaw, freePort, settled, startRaw, until, type RawCall } from '../testing/raw';

const { GRPCInferenceServiceService: methods } = inference;
type Message<T> = { encode(value: T): { finish(): Uint8Array }; fromPartial(value: never): T };
const bytesOf = <T>(type: Message<T>, value: object): Buffer => Buffer.from(type.encode(type.fromPartial(value as never)).finish());
const request = (modelName: string, id = ''): Buffer => bytesOf(inference.ModelInferRequest, { modelName, id, rawInputContents: [Buffer.alloc(100, 7)] });

/** A registry of three models, each named after its family. */
const registryMethods = {
  [ModelServiceService.getModel.path]: (call: RawCall) => {
    call.on('data', (bytes: Buffer) => {
      const { name } = GetModelRequest.decode(bytes);
      const family = { cnn: Family.FAMILY_CNN, gan: Family.FAMILY_GAN, rnn: Family.FAMILY_RNN }[name];
      if (family === undefined) return call.emit('error', statusOf(new QuartetError('MODEL_NOT_FOUND', `there is no model '${name}'`)));
      call.write(bytesOf(Model, { name, family }));
      return call.end();
    });
  },
  [ModelServiceService.listModels.path]: (call: RawCall) => {
    call.on('data', () => {
      call.write(bytesOf(ListModelsResponse, { models: [{ name: 'rnn', family: Family.FAMILY_RNN, latestVersion: 4n }] }));
      call.end();
    });
  },
};

/** A service that answers each request with the family's name and the request's id, and keeps what it received. */
function familyMethods(name: string, received: Buffer[]) {
  const answer = (of: Buffer) => bytesOf(inference.ModelInferResponse, { modelName: name, id: inference.ModelInferRequest.decode(of).id });
  const reply = (make: (bytes: Buffer) => Buffer) => (call: RawCall) => {
    call.on('data', (bytes: Buffer) => {
      received.push(bytes);
      if (call.write(make(bytes))) return;
      // As a service does, it takes no more than it can answer.
      call.pause();
      call.once('drain', () => call.resume());
    });
    call.on('end', () => call.end());
  };
  return {
    [methods.modelInfer.path]: reply(answer),
    [methods.modelReady.path]: reply(() => bytesOf(inference.ModelReadyResponse, { ready: true })),
    [methods.repositoryModelLoad.path]: reply(() => bytesOf(inference.RepositoryModelLoadResponse, { modelName: name, isLoaded: true })),
    [methods.modelStreamInfer.path]: reply((bytes) => bytesOf(inference.ModelStreamInferResponse, { inferResponse: inference.ModelInferResponse.decode(answer(bytes)) })),
    [methods.modelStatistics.path]: reply(() => bytesOf(inference.ModelStatisticsResponse, { modelStats: [{ name, version: '1' }] })),
    [methods.repositoryIndex.path]: reply(() => bytesOf(inference.RepositoryIndexResponse, { models: [{ name, version: '1', state: 'READY' }] })),
  };
}

describe('the Open Inference Protocol at the gateway', () => {
  let gateway: RunningServer;
  let registry: RunningServer;
  let registryPort: number;
  let cnn: RunningServer;
  let gan: RunningServer;
  let client: Client;
  const received: Record<'cnn' | 'gan', Buffer[]> = { cnn: [], gan: [] };
  const call = (path: string, ...requests: Buffer[]) => callRaw(client, path, requests);

  beforeAll(async () => {
    registryPort = await freePort();
    registry = await startRaw(registryMethods, registryPort);
    cnn = await startRaw(familyMethods('cnn', received.cnn));
    gan = await startRaw(familyMethods('gan', received.gan));
    const settings = readSettings({
      QUARTET_GATEWAY_PORT: '0',
      QUARTET_DRAIN_MS: '300',
      QUARTET_REGISTRY_ADDRESS: registry.address,
      QUARTET_CNN_ADDRESS: cnn.address,
      QUARTET_GAN_ADDRESS: gan.address,
      QUARTET_RNN_ADDRESS: `127.0.0.1:${await freePort()}`,
      QUARTET_AUTOENCODER_ADDRESS: `127.0.0.1:${await freePort()}`,
    });
    gateway = await startGateway({ settings, handleSignals: false, log: createLogger({ service: 'gateway', level: 'silent' }) });
    client = connectRaw(gateway.address);
    const ready = async () => inference.ServerReadyResponse.decode((await call(methods.serverReady.path, Buffer.alloc(0))).messages[0]!).ready;
    expect(await ready()).toBe(false);
    await until('a family serves', ready);
  });
  beforeEach(() => {
    received.cnn.length = received.gan.length = 0;
  });
  afterAll(async () => {
    client.close();
    await Promise.all([gateway, registry, cnn, gan].map((server) => server.drain()));
  });

  test('answers for itself', async () => {
    const live = await call(methods.serverLive.path, Buffer.alloc(0));
    expect(inference.ServerLiveResponse.decode(live.messages[0]!)).toEqual({ live: true });
    const { messages } = await call(methods.serverMetadata.path, Buffer.alloc(0));
    expect(inference.ServerMetadataResponse.decode(messages[0]!)).toMatchObject({ name: 'quartet', extensions: expect.arrayContaining(['statistics']) });
    const { status: end } = await call('/inference.GRPCInferenceService/CudaSharedMemoryStatus', Buffer.alloc(0));
    expect([end.code, end.details]).toEqual([status.UNIMPLEMENTED, '/inference.GRPCInferenceService/CudaSharedMemoryStatus: Shared memory is not offered: a service may run on another machine. Send the tensors in the request.']);
  });

  test('passes a request on, byte for byte, to the family of its model', async () => {
    for (const family of ['cnn', 'gan'] as const) {
      // A field of a newer protocol goes along.
      const bytes = Buffer.concat([request(family, 'x'), Buffer.from([0x92, 0x4e, 0x02, 0x68, 0x69])]);
      const { messages, status: end } = await call(methods.modelInfer.path, bytes);
      expect(end.code).toBe(status.OK);
      expect(inference.ModelInferResponse.decode(messages[0]!)).toMatchObject({ modelName: family, id: 'x' });
      expect(received[family]).toEqual([bytes]);
    }
  });

  test('understands both dialects of a load', async () => {
    for (const load of [{ modelName: 'gan' }, { repositoryName: 'gan' }]) {
      const { messages } = await call(methods.repositoryModelLoad.path, bytesOf(inference.RepositoryModelLoadRequest, load));
      expect(inference.RepositoryModelLoadResponse.decode(messages[0]!)).toEqual({ modelName: 'gan', isLoaded: true });
    }
  });

  test('says what is wrong with a name, and that an unknown model is not ready', async () => {
    const outcome = async (path: string, ...requests: Buffer[]) => {
      const { status: end } = await call(path, ...requests);
      return [end.code, end.details];
    };
    expect(await outcome(methods.modelInfer.path, request('nobody'))).toEqual([status.NOT_FOUND, "there is no model 'nobody'"]);
    expect(await outcome(methods.modelInfer.path, request(''))).toEqual([status.INVALID_ARGUMENT, 'model_name: is empty; name the model, as RepositoryIndex lists them']);
    expect(await outcome(methods.modelInfer.path, Buffer.from([0x0a, 0x7f]))).toEqual([status.INVALID_ARGUMENT, expect.stringContaining('is not a message of the Open Inference Protocol')]);
    expect(await outcome(methods.modelInfer.path)).toEqual([status.INVALID_ARGUMENT, 'The call ended without a request. Send one.']);
    expect(await outcome(methods.modelInfer.path, request('rnn'))).toEqual([status.UNAVAILABLE, expect.stringContaining("The RNN service isn't reachable")]);
    const { messages } = await call(methods.modelReady.path, bytesOf(inference.ModelReadyRequest, { name: 'nobody' }));
    expect(inference.ModelReadyResponse.decode(messages[0]!)).toEqual({ ready: false });
  });

  test('brings the answers of all families together, and says of one that is away what the registry knows', async () => {
    const statistics = await call(methods.modelStatistics.path, bytesOf(inference.ModelStatisticsRequest, {}));
    expect(inference.ModelStatisticsResponse.decode(statistics.messages[0]!).modelStats.map(({ name }) => name)).toEqual(['cnn', 'gan']);
    const one = await call(methods.modelStatistics.path, bytesOf(inference.ModelStatisticsRequest, { name: 'gan' }));
    expect(inference.ModelStatisticsResponse.decode(one.messages[0]!).modelStats.map(({ name }) => name)).toEqual(['gan']);
    const index = await call(methods.repositoryIndex.path, bytesOf(inference.RepositoryIndexRequest, {}));
    const { models } = inference.RepositoryIndexResponse.decode(index.messages[0]!);
    expect(models.map(({ name, version, state }) => [name, version, state])).toEqual(expect.arrayContaining([['cnn', '1', 'READY'], ['gan', '1', 'READY'], ['rnn', '4', 'UNAVAILABLE']]));
    expect(models.find(({ name }) => name === 'rnn')!.reason).toBe("the RNN service isn't reachable");
  });

  test('a stream may ask models of several families, and a bad request in it ends nothing', async () => {
    const { messages, status: end } = await call(methods.modelStreamInfer.path, request('cnn', '1'), request('nobody', '2'), request('gan', '3'), request('cnn', '4'));
    expect(end.code).toBe(status.OK);
    const answers = messages.map((bytes) => inference.ModelStreamInferResponse.decode(bytes)).sort((a, b) => Number(a.inferResponse!.id) - Number(b.inferResponse!.id));
    expect(answers.map(({ errorMessage, inferResponse }) => [inferResponse!.id, inferResponse!.modelName, errorMessage])).toEqual([
      ['1', 'cnn', ''],
      ['2', 'nobody', "MODEL_NOT_FOUND: there is no model 'nobody'"],
      ['3', 'gan', ''],
      ['4', 'cnn', ''],
    ]);
  });

  test('a stream whose answers nobody reads holds its requests back', async () => {
    const asIs = (bytes: Buffer) => bytes;
    const big = bytesOf(inference.ModelInferRequest, { modelName: 'cnn', id: 'i'.repeat(500_000) });
    const stream = client.makeBidiStreamRequest(methods.modelStreamInfer.path, asIs, asIs);
    stream.on('error', () => undefined);
    let sent = 0;
    const write = () => {
      while (sent < 400 && stream.write(big)) sent += 1;
      if (sent < 400) stream.once('drain', write);
    };
    write();
    // A client that never reads at all takes everything in; one that has stopped to read doesn't.
    await new Promise<void>((resolve) => stream.once('data', () => resolve(void stream.pause())));
    // 200 MB would go through if anything held it all.
    expect(await settled(() => received.cnn.length)).toBeLessThan(100);
    let answers = 0;
    const ended = new Promise((resolve) => stream.on('status', resolve));
    stream.on('data', () => {
      answers += 1;
      if (answers === 20) stream.cancel();
    });
    stream.resume();
    await ended;
    expect(answers).toBeGreaterThanOrEqual(20);
  });

  test('a stream ends with the status of a service that ends it', async () => {
    const broken = await startRaw({ [methods.modelStreamInfer.path]: (up) => up.on('data', () => up.emit('error', statusOf(new QuartetError('DRAINING', 'going away', { retryAfterMs: 1000 })))) });
    const settings = readSettings({ QUARTET_GATEWAY_PORT: '0', QUARTET_DRAIN_MS: '300', QUARTET_REGISTRY_ADDRESS: registry.address, QUARTET_CNN_ADDRESS: broken.address });
    const other = await startGateway({ settings, handleSignals: false, log: createLogger({ service: 'gateway', level: 'silent' }) });
    const own = connectRaw(other.address);
    const { status: end } = await callRaw(own, methods.modelStreamInfer.path, [request('cnn', '1')]);
    expect([end.code, end.details]).toEqual([status.UNAVAILABLE, 'going away']);
    own.close();
    await Promise.all([other.drain(), broken.drain()]);
  });

  test('a stream counts among the calls under way to each service that it asks, until it ends', async () => {
    const settings = readSettings({ QUARTET_GATEWAY_PORT: '0', QUARTET_DRAIN_MS: '300', QUARTET_REGISTRY_ADDRESS: registry.address, QUARTET_CNN_ADDRESS: cnn.address, QUARTET_GATEWAY_MAX_CALLS: '1' });
    const other = await startGateway({ settings, handleSignals: false, log: createLogger({ service: 'gateway', level: 'silent' }) });
    const own = connectRaw(other.address);
    const asIs = (bytes: Buffer) => bytes;
    const open = () => own.makeBidiStreamRequest(methods.modelStreamInfer.path, asIs, asIs).on('error', () => undefined);
    const ask = async (stream: ReturnType<typeof open>, id: string) => {
      const answer = new Promise<Buffer>((resolve) => stream.once('data', resolve));
      stream.write(request('cnn', id));
      return inference.ModelStreamInferResponse.decode(await answer);
    };
    const first = open();
    expect((await ask(first, '1')).inferResponse?.id).toBe('1');
    expect((await ask(first, '2')).inferResponse?.id).toBe('2');
    const refused = '1 calls to the CNN service are under way in this gateway; the limit is 1 (QUARTET_GATEWAY_MAX_CALLS). Send this one again later, or add gateways.';
    expect((await callRaw(own, methods.modelInfer.path, [request('cnn')])).status).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: refused });
    const second = open();
    expect((await ask(second, '3')).errorMessage).toBe(`QUEUE_FULL: ${refused}`);
    const ended = new Promise((resolve) => first.on('status', resolve));
    first.end();
    await ended;
    expect((await ask(second, '4')).inferResponse?.id).toBe('4');
    second.cancel();
    await until('a cancelled stream gives its place back', async () => (await callRaw(own, methods.modelInfer.path, [request('cnn')])).status.code === status.OK);
    own.close();
    await other.drain();
  });

  test('streams to a service that gives no answer open its circuit', async () => {
    const settings = readSettings({
      QUARTET_GATEWAY_PORT: '0',
      QUARTET_DRAIN_MS: '300',
      QUARTET_REGISTRY_ADDRESS: registry.address,
      QUARTET_RNN_ADDRESS: `127.0.0.1:${await freePort()}`,
      QUARTET_GATEWAY_BREAKER_FAILURES: '2',
      QUARTET_GATEWAY_BREAKER_MS: '600000',
    });
    const other = await startGateway({ settings, handleSignals: false, log: createLogger({ service: 'gateway', level: 'silent' }) });
    const own = connectRaw(other.address);
    const ask = () => callRaw(own, methods.modelStreamInfer.path, [request('rnn', '1')]);
    for (let i = 0; i < 2; i++) expect((await ask()).status.code).toBe(status.UNAVAILABLE);
    const { messages, status: end } = await ask();
    expect(end.code).toBe(status.OK);
    expect(inference.ModelStreamInferResponse.decode(messages[0]!).errorMessage).toContain('gave no answer to 2 calls in a row');
    own.close();
    await other.drain();
  });

  test('a stream that waits for requests does not hold a drain up', async () => {
    // Longer than the test may take.
    const settings = readSettings({ QUARTET_GATEWAY_PORT: '0', QUARTET_DRAIN_MS: '3600000', QUARTET_REGISTRY_ADDRESS: registry.address, QUARTET_CNN_ADDRESS: cnn.address });
    const other = await startGateway({ settings, handleSignals: false, log: createLogger({ service: 'gateway', level: 'silent' }) });
    const own = connectRaw(other.address);
    const asIs = (bytes: Buffer) => bytes;
    const stream = own.makeBidiStreamRequest(methods.modelStreamInfer.path, asIs, asIs);
    const ended = new Promise<{ code: status }>((resolve) => stream.on('error', () => undefined).on('status', resolve));
    const answered = new Promise((resolve) => stream.once('data', resolve));
    stream.write(request('cnn', '1'));
    await answered;
    await other.drain();
    expect((await ended).code).toBe(status.UNAVAILABLE);
    own.close();
  });

  test('while the registry is away models that are known go on being served', async () => {
    await registry.drain();
    expect((await call(methods.modelInfer.path, request('cnn'))).status.code).toBe(status.OK);
    const { status: end } = await call(methods.modelInfer.path, request('unheard-of'));
    expect([end.code, end.details]).toEqual([status.UNAVAILABLE, "model 'unheard-of' isn't known here and the registry can't be asked just now; send the request again"]);
    registry = await startRaw(registryMethods, registryPort);
    await until('the registry is found again', async () => (await call(methods.modelInfer.path, request('unheard-of'))).status.code === status.NOT_FOUND);
  });
});
