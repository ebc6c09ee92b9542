import { credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { connect } from '@quartet/client';
import { health, readSettings, WorkerServiceService } from '@quartet/contracts';
import { createLogger, type RunningServer } from '@quartet/service-kit';
import { startGateway } from './gateway';
import { callRaw, connectRaw, freePort, startRaw, until } from './testing/raw';
import { listServices } from './testing/list-services';

const CNN = 'quartet.cnn.v1.CnnService';
const INFERENCE = 'inference.GRPCInferenceService';
const ROUTED = ['quartet.autoencoder.v1.AutoencoderService', 'quartet.backup.v1.BackupService', CNN, 'quartet.dataset.v1.DatasetService', 'quartet.gan.v1.GanService', 'quartet.model.v1.ModelService', 'quartet.rnn.v1.RnnService', 'quartet.training.v1.TrainingService'];
const LISTED = ['grpc.health.v1.Health', INFERENCE, ...ROUTED, 'quartet.gateway.v1.GatewayService', 'quartet.pipeline.v1.PipelineService'].sort();
const { SERVING, NOT_SERVING } = health.HealthCheckResponse_ServingStatus;

describe('the gateway', () => {
  let gateway: RunningServer;
  let cnnPort: number;
  let client: ReturnType<typeof connectRaw>;
  let probe: InstanceType<typeof health.HealthClient>;

  beforeEach(async () => {
    cnnPort = await freePort();
    const settings = readSettings({
      QUARTET_GATEWAY_PORT: '0',
      QUARTET_DRAIN_MS: '300',
      QUARTET_CNN_ADDRESS: `127.0.0.1:${cnnPort}`,
      QUARTET_RNN_ADDRESS: `127.0.0.1:${await freePort()}`,
      QUARTET_GAN_ADDRESS: `127.0.0.1:${await freePort()}`,
      QUARTET_AUTOENCODER_ADDRESS: `127.0.0.1:${await freePort()}`,
      QUARTET_REGISTRY_ADDRESS: `127.0.0.1:${await freePort()}`,
    });
    gateway = await startGateway({ settings, handleSignals: false, log: createLogger({ service: 'gateway', level: 'silent' }) });
    client = connectRaw(gateway.address);
    probe = new health.HealthClient(gateway.address, credentials.createInsecure());
  });
  afterEach(async () => {
    client.close();
    probe.close();
    await gateway.drain();
  });

  const check = (service: string) =>
    new Promise<health.HealthCheckResponse_ServingStatus | undefined>((resolve) => probe.check({ service }, (error: ServiceError | null, response) => resolve(error ? undefined : response.status)));

  test('lists the services it routes by reflection, in both versions', async () => {
    expect(await listServices(gateway.address, 'v1')).toEqual(LISTED);
    expect(await listServices(gateway.address, 'v1alpha')).toEqual(LISTED);
  });

  test('tells the services behind it, though none is there', async () => {
    const known = connect({ address: gateway.address });
    const { services } = await known.gateway.listReplicas({});
    known.close();
    expect(services.map(({ name }) => name)).toEqual(['registry', 'cnn', 'rnn', 'gan', 'autoencoder']);
    expect(services[1]).toMatchObject({ address: `dns:///127.0.0.1:${cnnPort}`, callsInFlight: 0, replicas: [{ address: `127.0.0.1:${cnnPort}`, callsInFlight: 0, calls: 0n }] });
  });

  test('does not route what family services ask of the registry', async () => {
    for (const { path } of Object.values(WorkerServiceService)) {
      expect((await callRaw(client, path, [Buffer.alloc(0)])).status.code).toBe(status.UNIMPLEMENTED);
    }
  });

  test('is up before its upstreams, serves each once it comes, and again after a restart', async () => {
    expect(await check('')).toBe(SERVING);
    for (const service of [INFERENCE, ...ROUTED]) expect(await check(service)).toBe(NOT_SERVING);
    const path = `/${CNN}/Classify`;
    expect((await callRaw(client, path, [Buffer.alloc(0)])).status.details).toBe(
      `The CNN service isn't reachable at 127.0.0.1:${cnnPort}; is it running? QUARTET_CNN_ADDRESS says where it is. Send the call again later.`,
    );
    for (let round = 0; round < 2; round++) {
      const upstream = await startRaw({ [path]: (call) => call.on('data', (bytes: Buffer) => call.write(bytes)).on('end', () => call.end()) }, cnnPort);
      await until('the CNN service is SERVING', async () => (await check(CNN)) === SERVING);
      expect(await check(INFERENCE)).toBe(SERVING);
      const { messages } = await callRaw(client, path, [Buffer.from(`round ${round}`)], {}, new Metadata());
      expect(String(messages[0])).toBe(`round ${round}`);
      upstream.setServing(CNN, false);
      await until('its change shows', async () => (await check(CNN)) === NOT_SERVING);
      upstream.setServing(CNN, true);
      await until('its change back shows', async () => (await check(CNN)) === SERVING);
      await upstream.drain();
      await until('its end shows', async () => (await check(CNN)) === NOT_SERVING);
    }
    expect(await check('')).toBe(SERVING);
    expect(await check('quartet.model.v1.ModelService')).toBe(NOT_SERVING);
    expect((await callRaw(client, '/quartet.model.v1.ModelService/ListModels', [Buffer.alloc(0)])).status.details).toContain("The registry isn't reachable at 127.0.0.1:");
  });
});
