import '../testing/alternative-resolver';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, Metadata, status, type Client, type ServiceError } from '@grpc/grpc-js';
import { cnn, externalscaler, inference, errorDetails, health, rpc, readSettings } from '@quartet/contracts';
import { createLogger } from '@quartet/service-kit';
import { startGateway } from '../gateway';
import { bytesOf, CLASSIFY, CLASSIFY_STREAM, CNN, startPods, TRAIN, type Pods } from '../testing/model-pods';
import { startNameServer } from '../testing/name-server';
import { callRaw, connectRaw, freePort, until, type RawOutcome } from '../testing/raw';

const PREDICT = `/${CNN}/Predict`;
const predict = (model: string, bytes = 0): Buffer => bytesOf(cnn.PredictRequest, { model: { name: model }, input: { $case: 'batch', value: { data: Buffer.alloc(bytes) } } });
const { modelInfer, modelStreamInfer } = inference.GRPCInferenceServiceService;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** KEDA, as far as it calls a scaler. */
class Operator {
  readonly client: externalscaler.ExternalScalerClient;
  constructor(port: number) {
    this.client = new externalscaler.ExternalScalerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  ref(scalerMetadata: Record<string, string>) {
    return { name: 'cnn', namespace: 'quartet', scalerMetadata };
  }

  #ask<T>(make: (done: (error: ServiceError | null, answer: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => make((error, answer) => (error ? reject(error) : resolve(answer))));
  }

  isActive = async (metadata: Record<string, string>): Promise<boolean> => (await this.#ask<externalscaler.IsActiveResponse>((done) => this.client.isActive(this.ref(metadata), done))).result;
  spec = (metadata: Record<string, string>) => this.#ask<externalscaler.GetMetricSpecResponse>((done) => this.client.getMetricSpec(this.ref(metadata), done));
  requests = async (metadata: Record<string, string>): Promise<number> => {
    const { metricValues } = await this.#ask<externalscaler.GetMetricsResponse>((done) => this.client.getMetrics({ scaledObjectRef: this.ref(metadata), metricName: 'quartet_requests' }, done));
    expect(metricValues.map((value) => [value.metricName, Number(value.metricValue)])).toEqual([['quartet_requests', metricValues[0]!.metricValueFloat]]);
    return metricValues[0]!.metricValueFloat;
  };

  /** What is pushed, with the time of each. */
  push(metadata: Record<string, string>) {
    const pushed: { active: boolean; at: number }[] = [];
    const stream = this.client.streamIsActive(this.ref(metadata));
    const ended = new Promise<status>((resolve) => stream.on('status', ({ code }) => resolve(code)));
    stream.on('data', ({ result }: externalscaler.IsActiveResponse) => pushed.push({ active: result, at: Date.now() })).on('error', () => undefined);
    return { pushed, ended, cancel: () => stream.cancel() };
  }
}

describe('scaling from zero and to it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-scaler-'));
  const file = join(folder, 'models.json');
  const open: { drain(): Promise<void> }[] = [];
  const clients: { close(): void }[] = [];
  let port: number;

  beforeEach(async () => {
    rmSync(file, { force: true });
    port = await freePort();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(open.splice(0).map((server) => server.drain()));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function pods(name: string, at = port): Promise<Pods> {
    const made = await startPods(name, at);
    open.push(made.server);
    return made;
  }

  async function gateway(changes: Record<string, string> = {}): Promise<{ client: Client; keda: Operator; drain: () => Promise<void> }> {
    const scalerPort = Number(changes['QUARTET_SCALER_PORT'] ?? (await freePort()));
    const settings = readSettings({
      QUARTET_GATEWAY_PORT: '0',
      QUARTET_DRAIN_MS: '300',
      QUARTET_MODEL_PODS: file,
      QUARTET_GATEWAY_HOLD_MS: '20000',
      QUARTET_SCALER_PORT: `${scalerPort}`,
      QUARTET_SCALER_IDLE_MS: '600',
      QUARTET_REGISTRY_ADDRESS: '127.0.0.1:1',
      QUARTET_CNN_ADDRESS: `127.0.0.1:${port}`,
      ...changes,
    });
    const made = await startGateway({ settings, handleSignals: false, log: createLogger({ service: 'gateway', level: 'silent' }) });
    open.push(made);
    const client = connectRaw(made.address);
    const keda = new Operator(scalerPort);
    clients.push(client, keda.client);
    return { client, keda, drain: made.drain };
  }

  const outcome = ({ messages, status: end }: RawOutcome) => (end.code === status.OK ? messages.join() : `${status[end.code]}: ${end.details}`);
  const ask = async (client: Client, path: string, ...requests: Buffer[]) => outcome(await callRaw(client, path, requests));

  test('the first request waits for a pod, KEDA is told at once, and all goes on when the pod is there', async () => {
    const { client, keda } = await gateway();
    const family = { family: 'cnn' };
    const { pushed, cancel } = keda.push(family);
    await until('the state at the start is told', () => pushed.length === 1);
    expect([pushed[0]!.active, await keda.isActive(family), await keda.requests(family)]).toEqual([false, false, 0]);

    const asked = Date.now();
    const start = bytesOf(cnn.ClassifyStreamRequest, { message: { $case: 'start', value: { model: { name: 'digits' } } } });
    const waiting = [ask(client, PREDICT, predict('digits', 3_000_000)), ask(client, CLASSIFY_STREAM, start, start), ask(client, TRAIN, bytesOf(cnn.TrainRequest, { model: 'digits' }))];
    await until('KEDA is told', () => pushed.some(({ active }) => active));
    expect(pushed.find(({ active }) => active)!.at - asked).toBeLessThan(500);
    await until('all three wait', async () => (await keda.requests(family)) === 3);
    expect(await keda.isActive(family)).toBe(true);
    expect(await keda.isActive({ family: 'gan' })).toBe(false);

    const { received } = await pods('pod');
    expect(await Promise.all(waiting)).toEqual(['pod', 'pod,pod', 'pod']);
    expect(received.some((bytes) => bytes.equals(predict('digits', 3_000_000)))).toBe(true);
    expect(await ask(client, PREDICT, predict('digits'))).toBe('pod');
    expect([await keda.requests(family), await keda.isActive(family)]).toEqual([0, true]);
    await until('it is idle', () => pushed.at(-1)!.active === false);
    expect(await keda.isActive(family)).toBe(false);
    // One that meets a pod is told of once, not at its end too.
    const before = pushed.length;
    for (let i = 0; i < 3; i++) await ask(client, PREDICT, predict('digits'));
    await until('it is idle again', () => pushed.length > before && pushed.at(-1)!.active === false);
    expect(pushed.slice(before).map(({ active }) => active)).toEqual([true, false]);
    cancel();
  }, 30_000);

  test('the first pod is found by a name that had no address before, as that of a Service without pods', async () => {
    const names = await startNameServer([]);
    clients.push(names);
    const { client, keda } = await gateway({ QUARTET_CNN_ADDRESS: `dns://${names.address}/cnn.test:${port}` });
    const waiting = ask(client, PREDICT, predict('digits'));
    await until('it waits', async () => (await keda.requests({ family: 'cnn' })) === 1);
    await sleep(300);
    await pods('pod');
    names.addresses = ['127.0.0.1'];
    expect(await waiting).toBe('pod');
  }, 30_000);

  test('a pod that leaves while others stay holds nothing up, and after the last one requests wait again', async () => {
    const [onePort, twoPort] = [await freePort(), await freePort()];
    const [one, two] = [await pods('one', onePort), await pods('two', twoPort)];
    const { client, keda } = await gateway({ QUARTET_CNN_ADDRESS: `ipv4:127.0.0.1:${onePort},127.0.0.1:${twoPort}`, QUARTET_GATEWAY_HOLD_MS: '1500' });
    const both = new Set<string>();
    await until('both answer', async () => both.add(await ask(client, PREDICT, predict('digits'))).size === 2);
    const leaving = one.server.drain();
    const answers: string[] = [];
    const slowest = { ms: 0 };
    for (let i = 0; i < 50; i++) {
      const began = Date.now();
      answers.push(await ask(client, CLASSIFY, predict('digits')));
      slowest.ms = Math.max(slowest.ms, Date.now() - began);
      await sleep(10);
    }
    await leaving;
    expect(answers.filter((answer) => answer.includes('UNAVAILABLE'))).toEqual([]);
    expect(slowest.ms).toBeLessThan(1000);
    await two.server.drain();
    await sleep(200);
    const { pushed, cancel } = keda.push({ family: 'cnn' });
    const began = Date.now();
    expect(await ask(client, PREDICT, predict('digits'))).toBe(
      `UNAVAILABLE: No pod of the CNN service came up at ipv4:127.0.0.1:${onePort},127.0.0.1:${twoPort} within 1500 ms (QUARTET_GATEWAY_HOLD_MS). Send the call again later.`,
    );
    expect(Date.now() - began).toBeGreaterThanOrEqual(1490);
    expect(pushed.some(({ active }) => active)).toBe(true);
    cancel();
  }, 30_000);

  test('a deadline and a cancellation end the wait', async () => {
    const { client, keda } = await gateway();
    for (const path of [PREDICT, CLASSIFY_STREAM]) {
      const { status: end } = await callRaw(client, path, [predict('digits')], { deadline: Date.now() + 400 });
      expect(end.code).toBe(status.DEADLINE_EXCEEDED);
    }
    const stream = client.makeBidiStreamRequest(CLASSIFY_STREAM, (b: Buffer) => b, (b: Buffer) => b);
    stream.on('error', () => undefined).write(predict('digits'));
    await until('it waits', async () => (await keda.requests({ family: 'cnn' })) === 1);
    stream.cancel();
    await until('none waits', async () => (await keda.requests({ family: 'cnn' })) === 0);
    const { received } = await pods('pod');
    expect(await ask(client, PREDICT, predict('other'))).toBe('pod');
    expect(received).toEqual([predict('other')]);
  }, 30_000);

  test('there is an end to how many wait and how much they hold, and a delay for the rest', async () => {
    const { client, keda } = await gateway({ QUARTET_GATEWAY_HOLD_CALLS: '2', QUARTET_GATEWAY_HOLD_BYTES: '5000' });
    const request = predict('digits', 3000);
    const first = ask(client, PREDICT, request);
    await until('one waits', async () => (await keda.requests({ family: 'cnn' })) === 1);
    const { status: large } = await callRaw(client, PREDICT, [request]);
    expect([large.code, large.details]).toEqual([
      status.RESOURCE_EXHAUSTED,
      `The calls that wait in this gateway for pods to start hold ${request.length} bytes, and this one has ${request.length}; the limit is 5000 (QUARTET_GATEWAY_HOLD_BYTES). Send it again later.`,
    ]);
    const { details } = rpc.Status.decode(large.metadata.get('grpc-status-details-bin')[0] as Buffer);
    expect(errorDetails.RetryInfo.decode(details[1]!.value).retryDelay).toEqual({ seconds: 2n, nanos: 0 });
    const second = ask(client, PREDICT, predict('digits'));
    await until('two wait', async () => (await keda.requests({ family: 'cnn' })) === 2);
    expect(await ask(client, CLASSIFY_STREAM, predict('digits'))).toBe('RESOURCE_EXHAUSTED: 2 calls wait in this gateway for pods to start; the limit is 2 (QUARTET_GATEWAY_HOLD_CALLS). Send it again later.');
    await pods('pod');
    expect(await Promise.all([first, second])).toEqual(['pod', 'pod']);
    // Their places are free again.
    expect(await Promise.all(Array.from({ length: 5 }, () => ask(client, PREDICT, request)))).toEqual(Array(5).fill('pod'));
  }, 30_000);

  test('the pods of a model are woken by themselves, by typed and Open Inference calls, and by calls that its family answers meanwhile', async () => {
    const ownPort = await freePort();
    writeFileSync(file, JSON.stringify({ models: [{ model: 'digits', family: 'cnn', address: `127.0.0.1:${ownPort}` }] }));
    await pods('family');
    const strict = await gateway();
    const model = { family: 'cnn', model: 'digits' };
    expect(await ask(strict.client, PREDICT, predict('letters'))).toBe('family');
    expect(await strict.keda.isActive(model)).toBe(false);
    const infer = bytesOf(inference.ModelInferRequest, { modelName: 'digits' });
    const waiting = [callRaw(strict.client, modelInfer.path, [infer]), callRaw(strict.client, modelStreamInfer.path, [infer, infer])];
    await until('both wait', async () => (await strict.keda.requests(model)) === 2);
    expect(await strict.keda.requests({ family: 'cnn' })).toBe(0);

    const lenient = await gateway({ QUARTET_GATEWAY_MODEL_FALLBACK: 'family' });
    const { pushed, cancel } = lenient.keda.push(model);
    expect(await ask(lenient.client, PREDICT, predict('digits'))).toBe('family');
    await until('KEDA is told', () => pushed.some(({ active }) => active));
    expect(await lenient.keda.isActive(model)).toBe(true);
    cancel();

    await pods('own', ownPort);
    const [once, stream] = await Promise.all(waiting);
    expect(inference.ModelInferResponse.decode(once!.messages[0]!).modelName).toBe('own');
    expect(stream!.messages.map((bytes) => inference.ModelStreamInferResponse.decode(bytes).inferResponse?.modelName)).toEqual(['own', 'own']);
    await until('the family is relieved', async () => (await ask(lenient.client, PREDICT, predict('digits'))) === 'own');
  }, 30_000);

  test('a model that moves while its calls wait ends them with a retry, and whoever follows it goes on', async () => {
    const list = (at: number) => writeFileSync(file, JSON.stringify({ models: [{ model: 'digits', family: 'cnn', address: `127.0.0.1:${at}` }] }));
    const [before, after] = [await freePort(), await freePort()];
    list(before);
    const { client, keda } = await gateway();
    const { pushed, cancel } = keda.push({ family: 'cnn', model: 'digits' });
    const waiting = ask(client, PREDICT, predict('digits'));
    await until('KEDA is told', () => pushed.some(({ active }) => active));
    list(after);
    expect(await waiting).toBe(`UNAVAILABLE: The CNN service of model 'digits' is no longer at 127.0.0.1:${before}. Send the call again.`);
    await until('it is idle', () => pushed.at(-1)!.active === false);
    const again = ask(client, PREDICT, predict('digits'));
    await until('KEDA is told again', () => pushed.at(-1)!.active);
    await pods('moved', after);
    expect(await again).toBe('moved');
    cancel();
  }, 30_000);

  test('gateways add up what they have, and one tells KEDA of a call that waits at another', async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const peers = { QUARTET_SCALER_PEERS: ports.map((each) => `127.0.0.1:${each}`).join(',') };
    const [first, second] = [await gateway({ ...peers, QUARTET_SCALER_PORT: `${ports[0]}` }), await gateway({ ...peers, QUARTET_SCALER_PORT: `${ports[1]}` })];
    const family = { family: 'cnn' };
    const { pushed, cancel } = first.keda.push(family);
    const asked = ask(second.client, PREDICT, predict('digits'));
    await until('KEDA is told by the first', () => pushed.some(({ active }) => active));
    expect(await first.keda.isActive(family)).toBe(true);
    const own = ask(first.client, PREDICT, predict('digits'));
    await until('both count', async () => (await first.keda.requests(family)) === 2 && (await second.keda.requests(family)) === 2);
    // Of itself alone, as one gateway asks another.
    expect(await first.keda.requests({ ...family, quartetScope: 'gateway' })).toBe(1);
    // The third comes later.
    const third = await gateway({ ...peers, QUARTET_SCALER_PORT: `${ports[2]}` });
    const late = ask(third.client, PREDICT, predict('digits'));
    await until('the third counts', async () => (await first.keda.requests(family)) === 3);
    await pods('pod');
    expect(await Promise.all([asked, own, late])).toEqual(['pod', 'pod', 'pod']);
    await until('all are idle', () => pushed.at(-1)!.active === false);
    cancel();
  }, 30_000);

  test('where its port for KEDA is taken a gateway does not start, and leaves nothing that listens', async () => {
    const own = await freePort();
    await pods('another');
    await expect(gateway({ QUARTET_SCALER_PORT: `${port}`, QUARTET_GATEWAY_PORT: `${own}` })).rejects.toThrow(`(QUARTET_SCALER_PORT=${port}): another process listens there`);
    await pods('where the gateway listened', own);
  });

  test('says what is scaled by, and what is wrong with a trigger', async () => {
    const { keda } = await gateway();
    expect(await keda.spec({ family: 'cnn', requestsPerPod: '2.5' })).toEqual({ metricSpecs: [{ metricName: 'quartet_requests', targetSize: 3n, targetSizeFloat: 2.5 }] });
    const fails = (metadata: Record<string, string>) => keda.isActive(metadata).then(() => 'fine', (error: ServiceError) => `${status[error.code]}: ${error.details}`);
    expect(await fails({})).toBe('INVALID_ARGUMENT: metadata.family: of the trigger of ScaledObject "cnn" is not set; expected the name of a family\'s service, such as cnn.');
    expect(await fails({ family: 'registry' })).toBe('INVALID_ARGUMENT: metadata.family: is "registry"; expected one of cnn, rnn, gan, autoencoder.');
    expect(await fails({ family: 'cnn', requestsPerPod: '0' })).toBe('INVALID_ARGUMENT: metadata.requestsPerPod: is "0"; expected a number above 0.');
    expect(await fails({ family: 'cnn', model: 'nobody' })).toContain("NOT_FOUND: model 'nobody' of cnn has no pods of its own that this gateway knows of.");
    const { ended } = keda.push({ family: 'rbm' });
    expect(await ended).toBe(status.INVALID_ARGUMENT);
  });

  test('a gateway that drains ends its pushes, and takes calls for what has no pods until then', async () => {
    const { client, keda, drain } = await gateway();
    const probe = new health.HealthClient(client.getChannel().getTarget().replace(/^dns:/, ''), credentials.createInsecure());
    clients.push(probe);
    const served = (service: string) => new Promise<boolean>((resolve) => probe.check({ service }, new Metadata(), (error, answer) => resolve(!error && answer.status === health.HealthCheckResponse_ServingStatus.SERVING)));
    expect([await served(CNN), await served('inference.GRPCInferenceService'), await served('quartet.model.v1.ModelService')]).toEqual([true, true, false]);
    const { pushed, ended } = keda.push({ family: 'cnn' });
    await until('it is followed', () => pushed.length === 1);
    const began = Date.now();
    await drain();
    expect(await ended).toBe(status.OK);
    expect(Date.now() - began).toBeLessThan(3000);
  });
});
