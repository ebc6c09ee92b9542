import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, waitUntilServing, watchJob, type QuartetClient } from '@quartet/client';
import { JobState, type Job } from '@quartet/contracts';
import { freePort, startService, stopService, type RunningService } from '../../src/platform';
import { loadState } from '../shared';

/** The token of whoever may only use models. */
export const READER = 'token-of-a-reader';

export interface ConsolePlatform {
  url: string;
  client: QuartetClient;
  /** A gateway that asks for tokens. */
  guarded: { url: string };
  stopGateway: () => Promise<void>;
  startGateway: () => Promise<void>;
  close: () => Promise<void>;
}

/** Waits for a training's end, and promotes its version. */
export async function trained(client: QuartetClient, asked: Promise<Job>): Promise<void> {
  const { id, model } = await asked;
  for await (const event of watchJob(client, id)) void event;
  const { state, error, version } = await client.training.getJob({ id });
  if (state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`the training of ${model} ended as ${JobState[state]}: ${error}`);
  await client.models.promoteVersion({ model, version });
}

/** Ten years of months that rise and swing. */
export const series = (): string => ['month,value', ...Array.from({ length: 120 }, (_, at) => `${2010 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}-01,${(20 + at / 10 + 5 * Math.sin((at * Math.PI) / 6)).toFixed(3)}`)].join('\n');

/** Joins the suites' platform: the other two families, a gateway with the console, one that asks for tokens, and what a suite needs of models. */
export async function startConsolePlatform(families: readonly string[] = ['gan', 'autoencoder'], prepared = prepare): Promise<ConsolePlatform> {
  const { home, env: shared } = loadState();
  const [ganPort, autoencoderPort, gatewayPort, consolePort, guardedPort] = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()];
  const env = { ...shared, QUARTET_GAN_PORT: String(ganPort), QUARTET_AUTOENCODER_PORT: String(autoencoderPort), QUARTET_GATEWAY_PORT: String(gatewayPort), QUARTET_CONSOLE_PORT: String(consolePort) };
  const tokens = join(home, 'console-tokens.json');
  writeFileSync(tokens, JSON.stringify({ tokens: [{ name: 'reader', sha256: createHash('sha256').update(READER).digest('hex'), roles: ['infer'] }] }));
  const guard = { ...env, QUARTET_GATEWAY_PORT: '0', QUARTET_CONSOLE_PORT: String(guardedPort), QUARTET_AUTH_TOKENS: tokens, QUARTET_SERVICE_TOKEN: 'unused-by-a-gateway' };
  const services: RunningService[] = await Promise.all([...families.map((name) => startService(name, env)), startService('gateway', guard)]);
  let gateway: RunningService | undefined;
  const startGateway = async () => {
    gateway = await startService('gateway', env);
  };
  await startGateway();
  const client = connect({ address: `127.0.0.1:${gatewayPort}` });
  const stopGateway = async () => {
    if (gateway) await stopService(gateway);
    gateway = undefined;
  };
  const close = async () => {
    client.close();
    await Promise.all([stopGateway(), ...services.map((service) => stopService(service))]);
  };
  try {
    await prepared(client);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `http://127.0.0.1:${consolePort}`, client, guarded: { url: `http://127.0.0.1:${guardedPort}` }, stopGateway, startGateway, close };
}

async function prepare(client: QuartetClient): Promise<void> {
  for (const service of ['quartet.gan.v1.GanService', 'quartet.autoencoder.v1.AutoencoderService', 'quartet.rnn.v1.RnnService', 'quartet.cnn.v1.CnnService']) await waitUntilServing(client, { service });
  const options = { epochs: 1, batchSize: 64, seed: 1n };
  await Promise.all([
    trained(client, client.gan.train({ model: 'ink', dataset: 'digits-3000', spec: { architecture: { $case: 'dense', value: { units: [64] } } }, options })),
    trained(client, client.autoencoder.train({ model: 'shapes', dataset: 'digits-3000', spec: { latentSize: 8, architecture: { $case: 'dense', value: { units: [64] } } }, options })),
  ]);
}
