import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, tensorFromFloat32, uploadDataset, waitUntilServing, watchJob, type QuartetClient } from '@quartet/client';
import { autoencoder, DatasetFormat, gan, JobState, type Job } from '@quartet/contracts';
import { freePort, startService, stopService, type RunningService } from '../platform';
import { moments, references, tensors, type Dictionary } from './values';

const FAMILIES = ['cnn', 'rnn', 'gan', 'autoencoder'] as const;
const ROOT = join(__dirname, '../../..');
const SIDE = 8;

/** An IDX file: magic, sizes, data. */
function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = 8;
  header[3] = shape.length;
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, data]);
}

/** Squares of two kinds: bright above, or below. */
function squares(count: number): { images: Buffer; labels: Buffer } {
  const images = Uint8Array.from({ length: count * SIDE * SIDE }, (_, at) => ((Math.floor(at / SIDE) % SIDE < SIDE / 2) === (Math.floor(at / SIDE / SIDE) % 2 === 0) ? 200 + (at % 50) : (at * 7) % 50));
  return { images: idx([count, SIDE, SIDE], images), labels: idx([count], Uint8Array.from({ length: count }, (_, i) => i % 2)) };
}

/** All services with a tiny model each, and nothing that trains. */
export class FuzzPlatform {
  private constructor(
    private readonly home: string,
    private readonly services: RunningService[],
    private readonly scaler: string,
    private readonly words: Dictionary,
  ) {}

  static async start(): Promise<FuzzPlatform> {
    const home = mkdtempSync(join(tmpdir(), 'quartet-fuzz-'));
    const env: Record<string, string> = { QUARTET_HOME: home, QUARTET_CACHE: join(home, 'cache'), QUARTET_MAX_BATCH: '16', QUARTET_ENGINE_THREADS: '1', QUARTET_TRAINING_SLOTS: '0', QUARTET_LEASE_MS: '300000', QUARTET_GATEWAY_PORT: String(await freePort()), QUARTET_SCALER_PORT: String(await freePort()), QUARTET_REGISTRY_PORT: String(await freePort()) };
    for (const family of FAMILIES) env[`QUARTET_${family.toUpperCase()}_PORT`] = String(await freePort());
    const services = await Promise.all(['registry', 'gateway', ...FAMILIES].map((name) => startService(name, env, 180_000)));
    const client = connect({ address: `127.0.0.1:${env['QUARTET_GATEWAY_PORT']}`, defaultDeadlineMs: 120_000 });
    try {
      return new FuzzPlatform(home, services, `127.0.0.1:${env['QUARTET_SCALER_PORT']}`, await teach(client, env));
    } catch (error) {
      await Promise.all(services.map((service) => stopService(service, 'SIGKILL')));
      throw error;
    } finally {
      client.close();
    }
  }

  /** Where a service is reached: past the gateway, which passes bytes on, so that what answers is what is tested. */
  addressOf(service: string): string {
    if (service.startsWith('externalscaler.')) return this.scaler;
    // What is about the models of all families, the gateway takes.
    if (/^inference\.|\.(pipeline|gateway)\./.test(service)) return this.gateway;
    const name = /\.(cnn|rnn|gan|autoencoder)\./.exec(service)?.[1] ?? 'registry';
    return this.services.find((running) => running.name === name)!.address;
  }

  /** To a family's service its own models are the ones to name. */
  wordsFor(service: string): Dictionary {
    const own = OWN[/\.(cnn|rnn|gan|autoencoder)\./.exec(service)?.[1] ?? ''];
    return own ? { ...this.words, ...own, messages: messagesFor(own.models, own.shapes) } : this.words;
  }

  get gateway(): string {
    return this.services.find(({ name }) => name === 'gateway')!.address;
  }

  /** Processes that have ended, with the end of their logs. */
  get ended(): string[] {
    return this.services.filter(({ process }) => process.exitCode !== null || process.signalCode !== null).map(({ name, log }) => `${name}: ${log.slice(-5).join('\n')}`);
  }

  /** What was logged as an internal error. */
  get faults(): string[] {
    return this.services.flatMap(({ name, log }) => log.filter((line) => /"level":"(error|fatal)"/.test(line)).map((line) => `${name}: ${line}`));
  }

  async stop(): Promise<void> {
    await Promise.all(this.services.map((service) => stopService(service, 'SIGKILL')));
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const OWN: Readonly<Record<string, Pick<Dictionary, 'models' | 'shapes'>>> = {
  cnn: { models: ['shapes'], shapes: [[SIDE, SIDE, 1], [SIDE, SIDE]] },
  rnn: { models: ['air', 'teller'], shapes: [[12, 1], [1], [2]] },
  gan: { models: ['faces'], shapes: [[SIDE, SIDE, 1], [SIDE, SIDE], [4]] },
  autoencoder: { models: ['codes'], shapes: [[SIDE, SIDE, 1], [SIDE, SIDE], [4]] },
};

const messagesFor = (models: readonly string[], shapes: Dictionary['shapes']): Dictionary['messages'] => ({
  'quartet.common.v1.Tensor': tensors(shapes),
  'quartet.common.v1.ModelRef': references(models),
  'google.protobuf.Timestamp': moments,
});

const SERVICE_NAMES = ['quartet.dataset.v1.DatasetService', 'quartet.cnn.v1.CnnService', 'quartet.rnn.v1.RnnService', 'quartet.gan.v1.GanService', 'quartet.autoencoder.v1.AutoencoderService'];

/** Uploads small data and trains a network on each in seconds. */
async function teach(client: QuartetClient, env: Record<string, string>): Promise<Dictionary> {
  for (const service of SERVICE_NAMES) await waitUntilServing(client, { service, timeoutMs: 180_000 });
  const [train, test] = [squares(64), squares(16)];
  const file = (path: string, source: Buffer) => ({ path, source, size: source.length });
  await uploadDataset(client, 'squares', { format: DatasetFormat.DATASET_FORMAT_IDX, validationShare: 0.25 }, [
    file('train-images-idx3-ubyte', train.images), file('train-labels-idx1-ubyte', train.labels), file('t10k-images-idx3-ubyte', test.images), file('t10k-labels-idx1-ubyte', test.labels),
  ]);
  const months = Array.from({ length: 96 }, (_, i) => `${2000 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}-01,${(Math.sin(i / 2) * 5 + i / 10).toFixed(3)}`);
  await uploadDataset(client, 'months', { format: DatasetFormat.DATASET_FORMAT_SERIES }, [file('months.csv', Buffer.from(`month,value\n${months.join('\n')}\n`))]);
  const lines = Array.from({ length: 40 }, (_, i) => `the ${['cat', 'dog', 'bird'][i % 3]} ${['sleeps', 'runs'][i % 2]} by the ${['river', 'house'][i % 2]}`);
  await uploadDataset(client, 'tales', { format: DatasetFormat.DATASET_FORMAT_TEXT_CSV, validationShare: 0.1, testShare: 0.1 }, [file('tales.csv', Buffer.from(`text\n${lines.join('\n')}\n`))]);
  const options = { epochs: 1, batchSize: 16, seed: 1n };
  const dense = { $case: 'dense' as const, value: { units: [16] } };
  const jobs = [
    await client.cnn.train({ model: 'shapes', dataset: 'squares', spec: { layers: [{ layer: { $case: 'flatten', value: {} } }, { layer: { $case: 'dense', value: { units: 8 } } }] }, options }),
    await client.rnn.trainForecast({ model: 'air', dataset: 'months', spec: { ensemble: 1, window: 12, horizon: 3, network: { units: 4 } }, options }),
    await client.rnn.trainLanguageModel({ model: 'teller', dataset: 'tales', network: { units: 8, dropout: 0 }, text: { embedding: 4 }, window: 8, options }),
    await client.gan.train({ model: 'faces', dataset: 'squares', spec: { architecture: dense, latentSize: 4, mode: gan.Mode.MODE_CONDITIONAL }, options }),
    await client.autoencoder.train({ model: 'codes', dataset: 'squares', spec: { latentSize: 4, architecture: dense, likelihood: autoencoder.Likelihood.LIKELIHOOD_BERNOULLI, variational: { warmUpSteps: 4 } }, options }),
  ];
  // The services train nothing, so that what the messages queue stays queued; these processes take one job each.
  const inTurn = async (families: readonly string[]) => {
    for (const family of families) await trainOne(family, env);
  };
  await Promise.all([inTurn(['cnn', 'rnn', 'rnn']), inTurn(['gan', 'autoencoder'])]);
  for (const job of jobs) await trained(client, job);
  const models = jobs.map(({ model }) => model);
  const batch = tensorFromFloat32(new Float32Array(SIDE * SIDE).fill(0.5), [1, SIDE, SIDE, 1]);
  const compressed = await client.autoencoder.compress({ model: { name: 'codes', target: { $case: 'version', value: 1n } }, input: { $case: 'batch', value: batch } }).catch(() => undefined);
  const shapes = [[SIDE, SIDE, 1], [SIDE, SIDE], [12, 1], [1], [4], [1, 1]];
  return {
    models,
    datasets: ['squares', 'months', 'tales'],
    jobs: jobs.map(({ id }) => id),
    shapes,
    files: [readFileSync(join(ROOT, 'docs/images/seven.png')), readFileSync(join(ROOT, 'libs/data/src/testing/fixtures/audio/pcm16.wav')), train.images, ...(compressed ? [compressed.stream] : [])],
    messages: messagesFor(models, shapes),
  };
}

/** A training process as a Kubernetes Job runs it: it claims a job of its family, trains it, and ends. */
function trainOne(family: string, env: Record<string, string>): Promise<void> {
  const main = join(ROOT, 'libs/service-kit/dist/family/training-process.js');
  const child = spawn(process.execPath, [main, join(ROOT, 'services', family, 'dist/trainer.js')], { env: { ...process.env, ...env }, stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`the training process of ${family} ended with ${signal ?? code}`))));
  });
}

async function trained(client: QuartetClient, job: Job): Promise<void> {
  for await (const _ of watchJob(client, job.id));
  const { state, error } = await client.training.getJob({ id: job.id });
  if (state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`${job.model}: ${JobState[state]}: ${error}`);
}
