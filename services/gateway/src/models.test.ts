import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, status, type Client } from '@grpc/grpc-js';
import { cnn, Family, health, inference, Model, ModelServiceService, pipeline, readSettings } from '@quartet/contracts';
import { createLogger, type RunningServer } from '@quartet/service-kit';
import { startGateway } from './gateway';
import { bytesOf, CLASSIFY_STREAM, CNN, startPods, TRAIN, type Pods } from './testing/model-pods';
import { callRaw, connectRaw, freePort, startRaw, until } from './testing/raw';

const PREDICT = `/${CNN}/Predict`;
const { GRPCInferenceServiceService: oip } = inference;
const predict = (model: string, batch?: object): Buffer => bytesOf(cnn.PredictRequest, { model: { name: model }, ...(batch ? { input: { $case: 'batch', value: batch } } : {}) });
const infer = (modelName: string): Buffer => bytesOf(inference.ModelInferRequest, { modelName, rawInputContents: [Buffer.alloc(100, 7)] });

describe('models with pods of their own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-models-'));
  const file = join(folder, 'models.json');
  const open: { drain(): Promise<void> }[] = [];
  const clients: { close(): void }[] = [];
  let family: Pods;
  let registry: RunningServer;

  beforeEach(async () => {
    rmSync(file, { force: true });
    family = await startPods('family', 0, ['digits', 'letters', 'others']);
    registry = await startRaw({
      [ModelServiceService.getModel.path]: (call) => {
        call.on('data', () => call.write(bytesOf(Model, { name: 'others', family: Family.FAMILY_CNN }))).on('end', () => call.end());
      },
    });
    open.push(family.server, registry);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(open.splice(0).map((server) => server.drain()));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const list = (...models: [model: string, address: string, family?: string][]) =>
    writeFileSync(file, JSON.stringify({ models: models.map(([model, address, of = 'cnn']) => ({ model, family: of, address })) }));

  async function pods(name: string, port = 0, held: string[] = []): Promise<Pods> {
    const made = await startPods(name, port, held);
    open.push(made.server);
    return made;
  }

  async function gateway(changes: Record<string, string> = {}): Promise<Client> {
    const settings = readSettings({
      QUARTET_GATEWAY_PORT: '0',
      QUARTET_DRAIN_MS: '300',
      QUARTET_MODEL_PODS: file,
      QUARTET_GATEWAY_RETRIES: '0',
      QUARTET_REGISTRY_ADDRESS: registry.address,
      QUARTET_CNN_ADDRESS: family.server.address,
      ...changes,
    });
    const made = await startGateway({ settings, handleSignals: false, log: createLogger({ service: 'gateway', level: 'silent' }) });
    open.push(made);
    const client = connectRaw(made.address);
    clients.push(client);
    return client;
  }

  const ask = async (client: Client, path: string, ...requests: Buffer[]) => {
    const { messages, status: end } = await callRaw(client, path, requests);
    return end.code === status.OK ? messages.join() : `${status[end.code]}: ${end.details}`;
  };

  test('typed and Open Inference calls go to the pods of the model that they name, all else to those of the family', async () => {
    const [digits, letters] = [await pods('digits-pods'), await pods('letters-pods')];
    list(['digits', digits.server.address], ['letters', letters.server.address]);
    const client = await gateway();
    const asked: [string, string][] = [['digits', 'digits-pods'], ['letters', 'letters-pods'], ['others', 'family']];
    for (const [model, answer] of asked) {
      expect(await ask(client, PREDICT, predict(model, { dtype: 1, shape: [1n], data: Buffer.alloc(1_000_000, 9) }))).toBe(answer);
      const start = bytesOf(cnn.ClassifyStreamRequest, { message: { $case: 'start', value: { model: { name: model } } } });
      const frame = bytesOf(cnn.ClassifyStreamRequest, { message: { $case: 'frame', value: { content: { $case: 'encoded', value: Buffer.alloc(300_000, 1) } } } });
      expect(await ask(client, CLASSIFY_STREAM, start, frame, frame)).toBe([answer, answer, answer].join());
      const { messages } = await callRaw(client, oip.modelInfer.path, [infer(model)]);
      expect(inference.ModelInferResponse.decode(messages[0]!).modelName).toBe(answer);
      // Whoever is to make the model does so where the family trains.
      expect(await ask(client, TRAIN, bytesOf(cnn.TrainRequest, { model }))).toBe('family');
    }
    expect(digits.received.map((bytes) => bytes.length)).toEqual([expect.any(Number), expect.any(Number), expect.any(Number), expect.any(Number), infer('digits').length]);
    const streamed = await callRaw(client, oip.modelStreamInfer.path, [infer('digits'), infer('others'), infer('letters')]);
    const by = streamed.messages.map((bytes) => inference.ModelStreamInferResponse.decode(bytes).inferResponse!.modelName);
    expect(by.sort()).toEqual(['digits-pods', 'family', 'letters-pods']);
  });

  test('a message passes byte for byte, whatever its parts, and one that cannot be read goes to the family', async () => {
    const own = await pods('own');
    list(['digits', own.server.address]);
    const client = await gateway();
    // In two parts, which decoders merge, with a field of a newer release between.
    const parts = Buffer.concat([predict('letters'), Buffer.from([0x92, 0x4e, 0x02, 0x68, 0x69]), bytesOf(cnn.PredictRequest, { model: { name: 'digits', target: { $case: 'label', value: 'canary' } } })]);
    expect(await ask(client, PREDICT, parts)).toBe('own');
    expect(own.received).toEqual([parts]);
    expect(await ask(client, PREDICT, Buffer.from([0x0a, 0x7f]))).toBe('family');
    expect(await ask(client, PREDICT, Buffer.alloc(0))).toBe('family');
    expect(await ask(client, CLASSIFY_STREAM)).toBe('INVALID_ARGUMENT: The call ended without a request. Send one.');
  });

  test('a file that changes is followed without a restart, and calls under way end where they began', async () => {
    const [first, second] = [await pods('first'), await pods('second')];
    const client = await gateway();
    expect(await ask(client, PREDICT, predict('digits'))).toBe('family');
    list(['digits', first.server.address]);
    await until('the file is read', async () => (await ask(client, PREDICT, predict('digits'))) === 'first');
    const stream = client.makeBidiStreamRequest(CLASSIFY_STREAM, (b: Buffer) => b, (b: Buffer) => b);
    const answers: string[] = [];
    const ended = new Promise<{ code: status }>((resolve) => stream.on('status', resolve));
    stream.on('data', (bytes: Buffer) => answers.push(String(bytes))).on('error', () => undefined);
    const message = bytesOf(cnn.ClassifyStreamRequest, { message: { $case: 'start', value: { model: { name: 'digits' } } } });
    stream.write(message);
    await until('the stream is answered', () => answers.length === 1);
    list(['digits', second.server.address]);
    await until('the new address is used', async () => (await ask(client, PREDICT, predict('digits'))) === 'second');
    writeFileSync(file, '{ "models": [{ "model": "digits" }] }');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await ask(client, PREDICT, predict('digits'))).toBe('second');
    rmSync(file);
    await until('the family has it again', async () => (await ask(client, PREDICT, predict('digits'))) === 'family');
    stream.write(message);
    stream.end();
    expect((await ended).code).toBe(status.OK);
    expect(answers).toEqual(['first', 'first']);
  }, 30_000);

  test('pods that are not there are named, or the family answers for them where that is set, until they come', async () => {
    const port = await freePort();
    list(['digits', `127.0.0.1:${port}`]);
    const strict = await gateway();
    const away = `UNAVAILABLE: The CNN service of model 'digits' isn't reachable at 127.0.0.1:${port}; is it running? QUARTET_MODEL_PODS says where it is. Send the call again later.`;
    expect(await ask(strict, PREDICT, predict('digits'))).toBe(away);
    expect(await ask(strict, oip.modelInfer.path, infer('digits'))).toBe(away);
    const lenient = await gateway({ QUARTET_GATEWAY_MODEL_FALLBACK: 'family' });
    expect(await ask(lenient, PREDICT, predict('digits'))).toBe('family');
    const own = await pods('own', port);
    for (const client of [strict, lenient]) await until('the pods are found', async () => (await ask(client, PREDICT, predict('digits'))) === 'own');
    await own.server.drain();
    await until('the family takes over', async () => (await ask(lenient, PREDICT, predict('digits'))) === 'family');
    expect(await ask(strict, PREDICT, predict('digits'))).toContain("The CNN service of model 'digits'");
  }, 30_000);

  test('the index and the counts of a model come from its own pods, and its health stands under its name', async () => {
    const own = await pods('own', 0, ['digits', 'letters']);
    list(['digits', own.server.address], ['letters', `127.0.0.1:${await freePort()}`]);
    const client = await gateway();
    const index = await callRaw(client, oip.repositoryIndex.path, [bytesOf(inference.RepositoryIndexRequest, { ready: true })]);
    const { models } = inference.RepositoryIndexResponse.decode(index.messages[0]!);
    expect(models.map(({ name, reason }) => [name, reason])).toEqual([['digits', 'own'], ['letters', 'family'], ['others', 'family']]);
    const statistics = await callRaw(client, oip.modelStatistics.path, [bytesOf(inference.ModelStatisticsRequest, {})]);
    const { modelStats } = inference.ModelStatisticsResponse.decode(statistics.messages[0]!);
    expect(modelStats.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(['digits own', 'letters family', 'others family']);
    const probe = new health.HealthClient(client.getChannel().getTarget().replace(/^dns:/, ''), credentials.createInsecure());
    clients.push(probe);
    const check = (service: string) => new Promise<number | undefined>((resolve) => probe.check({ service }, (error, answer) => resolve(error ? undefined : answer.status)));
    const { SERVING, NOT_SERVING } = health.HealthCheckResponse_ServingStatus;
    await until('the pods serve', async () => (await check('digits')) === SERVING);
    expect(await check('letters')).toBe(NOT_SERVING);
    rmSync(file);
    await until('the model has none of its own', async () => (await check('digits')) === undefined);
    expect(await check(CNN)).toBe(SERVING);
  }, 30_000);

  test('the steps of a pipeline go to the pods of their models', async () => {
    const own = await pods('own');
    list(['digits', own.server.address]);
    const client = await gateway();
    const run = async (model: string) => {
      const request = { pipeline: { steps: [{ call: { $case: 'classify', value: { model: { name: model } } } }] }, input: { $case: 'images', value: { images: [] } } };
      const { messages, status: end } = await callRaw(client, pipeline.PipelineServiceService.run.path, [bytesOf(pipeline.RunRequest, request)]);
      expect(end.details).toBe('OK');
      return pipeline.RunResponse.decode(messages[0]!).steps[0]!.modelVersion;
    };
    expect(await run('digits')).toBe(BigInt('own'.length));
    expect(await run('others')).toBe(BigInt('family'.length));
  });

  test('a file that cannot be used stops the start, and says what is wrong with it', async () => {
    const fails = async (text: string) => {
      writeFileSync(file, text);
      return gateway().then(() => 'started', (error: Error) => error.message);
    };
    const expected = 'expected { "models": [{ "model": "digits", "family": "cnn", "address": "dns:///cnn-digits:50051" }] }.';
    expect(await fails('{')).toMatch(/^QUARTET_MODEL_PODS: the file is no JSON \(.*\); expected \{ "models"/);
    expect(await fails('{ "models": [{ "model": "digits", "family": "cnn" }] }')).toBe(`QUARTET_MODEL_PODS: in the file, models.0.address: Invalid input: expected string, received undefined; ${expected}`);
    expect(await fails('{ "models": [{ "model": "digits", "family": "rbm", "address": "a:1" }] }')).toBe("QUARTET_MODEL_PODS: in the file, the family of model 'digits' is 'rbm'; expected one of cnn, rnn, gan, autoencoder.");
    expect(await fails('{ "models": [{ "model": "a", "family": "cnn", "address": "a:1" }, { "model": "a", "family": "gan", "address": "b:1" }] }')).toBe("QUARTET_MODEL_PODS: in the file, the model 'a' is there twice; list each model once.");
  });
});
