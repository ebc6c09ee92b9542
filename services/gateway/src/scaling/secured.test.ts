import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata, status, type ChannelCredentials } from '@grpc/grpc-js';
import { cnn, externalscaler, readSettings } from '@quartet/contracts';
import { createLogger } from '@quartet/service-kit';
import { Authority, writeTls } from '@quartet/service-kit/dist/platform-testing/certificates';
import { startGateway } from '../gateway';
import { bytesOf, CNN } from '../testing/model-pods';
import { callRaw, freePort, settings as plain, startRaw, until } from '../testing/raw';

const PREDICT = `/${CNN}/Predict`;
const predict = bytesOf(cnn.PredictRequest, { model: { name: 'digits' } });
const metadata = new Metadata();
metadata.set('authorization', 'Bearer secret');

describe('with mutual TLS and tokens', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-secured-'));
  const authority = new Authority('Quartet tests');
  const gatewayTls = writeTls(folder, authority.issue('gateway'), authority.pem, 'gateway');
  // As in a cluster: the certificate of the family, for its name alone.
  const familyTls = writeTls(folder, authority.issue('cnn', ['cnn']), authority.pem, 'cnn');
  const keda = writeTls(folder, authority.issue('keda'), authority.pem, 'keda');
  const tokens = join(folder, 'tokens.json');
  const models = join(folder, 'models.json');
  const open: { drain(): Promise<void> }[] = [];
  const clients: { close(): void }[] = [];
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(open.map((server) => server.drain()));
    rmSync(folder, { recursive: true });
  });

  const trusting = credentials.createSsl(readFileSync(gatewayTls.QUARTET_TLS_CA));
  const ofKeda = credentials.createSsl(readFileSync(keda.QUARTET_TLS_CA), readFileSync(keda.QUARTET_TLS_KEY), readFileSync(keda.QUARTET_TLS_CERT));

  async function gateway(ports: number[], at: number) {
    const settings = readSettings({
      ...gatewayTls,
      QUARTET_GATEWAY_PORT: '0',
      QUARTET_DRAIN_MS: '300',
      QUARTET_AUTH_TOKENS: tokens,
      QUARTET_MODEL_PODS: models,
      QUARTET_GATEWAY_HOLD_MS: '20000',
      QUARTET_SCALER_PORT: `${ports[at]}`,
      QUARTET_SCALER_PEERS: ports.map((port) => `localhost:${port}`).join(','),
      QUARTET_REGISTRY_ADDRESS: '127.0.0.1:1',
      QUARTET_CNN_ADDRESS: '127.0.0.1:1',
    });
    const made = await startGateway({ settings, handleSignals: false, log: createLogger({ service: 'gateway', level: 'silent' }) });
    open.push(made);
    const client = new Client(`localhost:${made.port}`, trusting);
    clients.push(client);
    return client;
  }

  const requests = (port: number, shown: ChannelCredentials) =>
    new Promise<string>((resolve) => {
      const client = new externalscaler.ExternalScalerClient(`localhost:${port}`, shown);
      clients.push(client);
      const scaledObjectRef = { name: 'cnn-digits', namespace: 'quartet', scalerMetadata: { family: 'cnn', model: 'digits' } };
      client.getMetrics({ scaledObjectRef, metricName: '' }, (error, answer) => resolve(error ? status[error.code] : `${answer.metricValues[0]!.metricValueFloat}`));
    });

  test('KEDA shows a certificate and no token, gateways count together, and the pods of a model are known by the name of their family', async () => {
    const podsPort = await freePort();
    writeFileSync(tokens, JSON.stringify({ tokens: [{ name: 'ada', sha256: createHash('sha256').update('secret').digest('hex'), roles: ['infer'] }] }));
    const list = (serverName?: string) => writeFileSync(models, JSON.stringify({ models: [{ model: 'digits', family: 'cnn', address: `127.0.0.1:${podsPort}`, serverName }] }));
    list();
    const ports = [await freePort(), await freePort()];
    const [first, second] = [await gateway(ports, 0), await gateway(ports, 1)];
    expect((await callRaw(first, PREDICT, [predict])).status.code).toBe(status.UNAUTHENTICATED);
    const early = callRaw(first, PREDICT, [predict], {}, metadata);
    await until('it waits, and both know', async () => (await requests(ports[0]!, ofKeda)) === '1' && (await requests(ports[1]!, ofKeda)) === '1');
    expect(await requests(ports[0]!, trusting)).toBe('UNAVAILABLE');
    expect(await requests(ports[0]!, credentials.createInsecure())).toBe('UNAVAILABLE');

    const handler = { [PREDICT]: (call: Parameters<NonNullable<Parameters<typeof startRaw>[0][string]>>[0]) => void call.on('data', () => call.write(Buffer.from('own'))).on('end', () => call.end()) };
    open.push(await startRaw(handler, podsPort, { settings: { ...plain, ...familyTls, QUARTET_TLS_CLIENT_AUTH: 'require' } }));
    // They show another name than that of their address, so they aren't taken for what was asked for.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await requests(ports[0]!, ofKeda)).toBe('1');
    list('cnn');
    expect((await early).status.details).toContain("The CNN service of model 'digits' is no longer at");
    // Each reads the file for itself, within a second.
    for (const client of [first, second]) await until('it is served', async () => (await callRaw(client, PREDICT, [predict], {}, metadata)).messages.join() === 'own');
  }, 60_000);
});
