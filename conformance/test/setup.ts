import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, tensorToTypedArray, uploadDataset, waitUntilServing, watchJob, type QuartetClient, type UploadFile } from '@quartet/client';
import { DatasetFormat, JobState, Part } from '@quartet/contracts';
import { freePort, startService, stopService, type RunningService } from '../src/platform';
import { saveState } from './shared';

const MODEL = 'digits';
const TEXT_MODEL = 'moods';
const TRAINING_DIGITS = 3000;

declare global {
  var quartetPlatform: RunningService[] | undefined;
}

/** Starts a platform, the gateway first, and trains a small classifier of real digits through it. */
export default async function setup(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'quartet-conformance-'));
  const traceDir = join(home, 'traces');
  mkdirSync(join(__dirname, '..', 'tmp'), { recursive: true });
  const [registryPort, cnnPort, rnnPort] = [await freePort(), await freePort(), await freePort()];
  const env = {
    QUARTET_HOME: home,
    QUARTET_TRACE_DIR: traceDir,
    QUARTET_GATEWAY_PORT: '0',
    QUARTET_REGISTRY_PORT: String(registryPort),
    QUARTET_CNN_PORT: String(cnnPort),
    QUARTET_RNN_PORT: String(rnnPort),
  };
  const platform: RunningService[] = (globalThis.quartetPlatform = []);
  try {
    platform.push(await startService('gateway', env));
    // Captioners find their CNN through the gateway.
    for (const name of ['registry', 'cnn', 'rnn']) platform.push(await startService(name, { ...env, QUARTET_GATEWAY_ADDRESS: platform[0]!.address }));
    await prepare(platform[0]?.address ?? '', home, traceDir, env);
  } catch (error) {
    // jest runs no teardown after a failed set-up; the log of each service goes with the error.
    for (const service of platform.reverse()) await stopService(service, 'SIGKILL');
    const logs = platform.map((service) => `--- ${service.name}\n${service.log.slice(-15).join('\n')}`).join('\n');
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${logs}`, { cause: error });
  }
}

async function prepare(gateway: string, home: string, traceDir: string, env: Record<string, string>): Promise<void> {
  const client = connect({ address: gateway });
  try {
    for (const service of ['quartet.dataset.v1.DatasetService', 'quartet.cnn.v1.CnnService', 'quartet.rnn.v1.RnnService']) await waitUntilServing(client, { service });
    const test = await importDigits(client);
    const { jobId, version } = await train(client);
    await trainMoods(client);
    const digitsFile = join(home, 'digits.bin');
    const labelsFile = join(home, 'labels.bin');
    writeFileSync(digitsFile, test.examples);
    writeFileSync(labelsFile, test.labels);
    saveState({ gateway, home, traceDir, env, model: MODEL, version: String(version), jobId, digitsFile, labelsFile, textModel: TEXT_MODEL });
  } finally {
    client.close();
  }
}

/** Imports MNIST, then uploads its first digits as a data set of their own, in IDX files. Gives 200 test digits. */
async function importDigits(client: QuartetClient): Promise<{ examples: Buffer; labels: Buffer }> {
  for await (const message of client.datasets.importDataset({ name: 'mnist', uri: 'builtin:mnist' }, { deadlineMs: 300_000 })) void message;
  const train = await client.datasets.readExamples({ name: 'mnist', part: Part.PART_TRAIN, offset: 0n, count: BigInt(TRAINING_DIGITS) });
  const test = await client.datasets.readExamples({ name: 'mnist', part: Part.PART_TEST, offset: 0n, count: 200n });
  if (!train.examples || !train.labels || !test.examples || !test.labels) throw new Error('ReadExamples left a tensor out');
  const labels = Uint8Array.from(tensorToTypedArray(train.labels) as Int32Array);
  const files: UploadFile[] = [
    upload('train-images-idx3-ubyte', idx([TRAINING_DIGITS, 28, 28], train.examples.data)),
    upload('train-labels-idx1-ubyte', idx([TRAINING_DIGITS], labels)),
  ];
  const options = { format: DatasetFormat.DATASET_FORMAT_IDX, validationShare: 0.1, testShare: 0.1, splitSeed: 1n };
  await uploadDataset(client, 'digits-3000', options, files, { deadlineMs: 120_000 });
  return { examples: Buffer.from(test.examples.data), labels: Buffer.from(test.labels.data) };
}

async function train(client: QuartetClient): Promise<{ jobId: string; version: bigint }> {
  const job = await client.cnn.train({ model: MODEL, dataset: 'digits-3000', options: { epochs: 3, batchSize: 64, seed: 7n } });
  const problems: string[] = [];
  for await (const { event } of watchJob(client, job.id)) {
    if (event?.$case === 'log' && event.value.level !== 'info') problems.push(event.value.message);
  }
  const ended = await client.training.getJob({ id: job.id });
  if (ended.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`the training ended as ${JobState[ended.state]}: ${ended.error}\n${problems.join('\n')}`);
  await client.models.promoteVersion({ model: MODEL, version: ended.version });
  await servedWithin(client, 30_000);
  return { jobId: job.id, version: ended.version };
}

/** A small classifier of texts. */
async function trainMoods(client: QuartetClient): Promise<void> {
  const words = { glad: ['fine', 'good', 'happy', 'bright'], sad: ['awful', 'bad', 'gloomy', 'dark'] };
  const rows = Array.from({ length: 120 }, (_, at) => {
    const mood = at % 2 === 0 ? 'glad' : 'sad';
    return `a ${words[mood][(at >> 1) % 4]} and ${words[mood][(at >> 3) % 4]} day number ${at},${mood}`;
  });
  const file = Buffer.from(['text,label', ...rows].join('\n'));
  await uploadDataset(client, 'moods', { format: DatasetFormat.DATASET_FORMAT_TEXT_CSV, testShare: 0.2, validationShare: 0.1 }, [upload('moods.csv', file)], { deadlineMs: 120_000 });
  const job = await client.rnn.trainClassifier({ model: TEXT_MODEL, dataset: 'moods', network: { units: 8 }, ensemble: 1, options: { epochs: 4, batchSize: 16, seed: 1n } });
  for await (const event of watchJob(client, job.id)) void event;
  const ended = await client.training.getJob({ id: job.id });
  if (ended.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`the training of texts ended as ${JobState[ended.state]}: ${ended.error}`);
  await client.models.promoteVersion({ model: TEXT_MODEL, version: ended.version });
  for (const start = Date.now(); !(await client.inference.modelReady({ name: TEXT_MODEL })).ready; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (Date.now() - start > 60_000) throw new Error(`${TEXT_MODEL} wasn't served within a minute of its promotion`);
  }
}

/** A label reaches the families by a stream, a moment after the promotion. */
async function servedWithin(client: QuartetClient, limitMs: number): Promise<void> {
  const blank = { dtype: 3, shape: [1n, 28n, 28n, 1n], data: Buffer.alloc(784) };
  for (const start = Date.now(); ; ) {
    try {
      await client.cnn.classify({ model: { name: MODEL }, input: { $case: 'batch', value: blank } });
      return;
    } catch (error) {
      if (Date.now() - start > limitMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const upload = (path: string, bytes: Uint8Array): UploadFile => ({ path, source: bytes, size: bytes.length });

/** An IDX file of unsigned bytes (the format of the MNIST page): magic 0x0000 08 <rank>, big-endian sizes, data. */
function idx(shape: number[], data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(0x0800 + shape.length, 0);
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, data]);
}
