import type { Command } from 'commander';
import { tensorToTypedArray, uploadDataset, type Input, type QuartetClient, type UploadFile } from '@quartet/client';
import { DatasetFormat, DataType, JobState, Part, Schedule, type Dataset, type ModelRef } from '@quartet/contracts';
import { modelRef, number, seed } from '../arguments';
import { action, type Context } from '../context';
import { classifyTestPart } from '../demo/classify-test-part';
import { npyBytes } from '../images/npy';
import { AdviceError, count, percent, writeDocument, writeTable } from '../output';
import { watchToEnd } from '../training/watch-view';

/** Shares of the labels that real training sets are cut to. */
const SHARES = [0.01, 0.1];
/** Rows of one read. */
const READ = 2000;
/** A training set of a hundred images is passed so much more often than one of thousands that each sees at least this many steps. */
const LEAST_STEPS = 600;
const BATCH = 64;
const MOST_EPOCHS = 100;

interface Options {
  data: string;
  count: number;
  epochs: number;
  seed?: bigint;
  truncation?: number;
  checked: boolean;
}

interface Labelled {
  pixels: Uint8Array;
  labels: Int32Array;
}

interface Outcome {
  trained: string;
  images: number;
  accuracy: number;
}

/** Trains CNNs on generated images, on few real ones, and on both, and tests each on the real test part. */
async function syntheticTest(context: Context, model: Input<ModelRef>, options: Options): Promise<void> {
  const { client, out, json } = context;
  const dataset = await client.datasets.getDataset({ name: options.data });
  if (dataset.schema?.kind !== 'image' || dataset.schema.dtype !== DataType.DATA_TYPE_UINT8) throw new AdviceError(`data set ${options.data} holds no images of bytes`, 'name the data set that the GAN was trained on');
  const work = `${model.name}-${Date.now().toString(36)}`;
  const made: string[] = [];
  const run = async (trained: string, name: string, images: number): Promise<Outcome> => ({ trained, images, accuracy: await testAccuracy(context, options, work, name, images) });
  try {
    const synthetic = await client.gan.generateDataset({ model, dataset: `${work}-synthetic`, count: options.count, seed: options.seed, truncation: options.truncation, checked: options.checked ? undefined : false }, { deadlineMs: Infinity });
    made.push(synthetic.name);
    const results = [await run('generated', synthetic.name, options.count)];
    const [real, generated] = [await readAll(client, dataset), await readAll(client, synthetic)];
    for (const share of SHARES) {
      const some = shareOf(real, share);
      const title = percent(share, 0);
      for (const [trained, part] of [[`${title} of the real`, some], [`${title} of the real, and generated`, join(repeated(some, generated), generated)]] as const) {
        const name = `${work}-${made.length}`;
        await upload(client, name, part, dataset.schema.exampleShape.map(Number));
        made.push(name);
        results.push(await run(trained, name, trained.includes('generated') ? some.labels.length + generated.labels.length : some.labels.length));
      }
    }
    if (json) return writeDocument(out, { model: model.name, data: options.data, results });
    const columns = [{ title: 'TRAINED ON' }, { title: 'IMAGES', align: 'right' as const }, { title: 'ACCURACY ON REAL TEST IMAGES', align: 'right' as const }];
    writeTable(out, columns, results.map(({ trained, images, accuracy }) => [trained, count(images), percent(accuracy)]));
  } finally {
    for (const name of made) await client.datasets.deleteDataset({ name }).catch(() => undefined);
    await client.models.deleteModel({ name: work, force: true }).catch(() => undefined);
  }
}

async function testAccuracy({ client, out, err, json }: Context, { data, epochs, seed: key }: Options, model: string, dataset: string, images: number): Promise<number> {
  const passes = Math.min(MOST_EPOCHS, Math.max(epochs, Math.ceil((LEAST_STEPS * BATCH) / images)));
  const queued = await client.cnn.train({ model, dataset, options: { epochs: passes, batchSize: BATCH, seed: key, learningRate: 0.002, schedule: Schedule.SCHEDULE_WARMUP_COSINE } });
  const { job } = await watchToEnd({ client, out: json ? err : out, err, json: false }, queued.id);
  if (job.state !== JobState.JOB_STATE_SUCCEEDED) throw new AdviceError(`training ${job.id} on ${dataset} did not succeed: ${job.error}`, 'its log is that of the CNN service');
  await client.models.promoteVersion({ model, version: job.version });
  const { predictions } = await classifyTestPart(client, data, model, { signal: new AbortController().signal, onProgress: () => {} });
  return predictions.filter(({ label, predicted }) => label === predicted).length / predictions.length;
}

/** The training part. */
async function readAll(client: QuartetClient, { name, parts, schema }: Dataset): Promise<Labelled> {
  const total = Number(parts.find(({ part }) => part === Part.PART_TRAIN)?.count ?? 0n);
  const size = (schema?.exampleShape ?? []).reduce((product, side) => product * Number(side), 1);
  const all: Labelled = { pixels: new Uint8Array(total * size), labels: new Int32Array(total) };
  for (let first = 0; first < total; first += READ) {
    const { examples, labels } = await client.datasets.readExamples({ name, part: Part.PART_TRAIN, offset: first, count: Math.min(READ, total - first) });
    all.pixels.set(tensorToTypedArray(examples!) as Uint8Array, first * size);
    all.labels.set(tensorToTypedArray(labels!) as Int32Array, first);
  }
  return all;
}

/** The first examples of each class, the same share of each. */
function shareOf({ pixels, labels }: Labelled, share: number): Labelled {
  const size = pixels.length / labels.length;
  const total = new Map<number, number>();
  for (const label of labels) total.set(label, (total.get(label) ?? 0) + 1);
  const left = new Map([...total].map(([label, all]) => [label, Math.max(1, Math.round(all * share))]));
  const rows = [...labels.keys()].filter((row) => {
    const more = left.get(labels[row]!)!;
    left.set(labels[row]!, more - 1);
    return more > 0;
  });
  return { pixels: Uint8Array.from(rows.flatMap((row) => [...pixels.subarray(row * size, (row + 1) * size)])), labels: Int32Array.from(rows, (row) => labels[row]!) };
}

/** Few real images beside many generated ones are repeated until they are half of them: they would be drowned out. */
function repeated(few: Labelled, many: Labelled): Labelled {
  const times = Math.max(1, Math.floor(many.labels.length / (2 * few.labels.length)));
  return Array.from({ length: times - 1 }).reduce<Labelled>((all) => join(all, few), few);
}

function join(a: Labelled, b: Labelled): Labelled {
  const pixels = new Uint8Array(a.pixels.length + b.pixels.length);
  pixels.set(a.pixels);
  pixels.set(b.pixels, a.pixels.length);
  return { pixels, labels: Int32Array.from([...a.labels, ...b.labels]) };
}

async function upload(client: QuartetClient, name: string, { pixels, labels }: Labelled, shape: number[]): Promise<void> {
  const file = (path: string, bytes: Buffer): UploadFile => ({ path, source: bytes, size: bytes.length });
  const files = [file('x_train.npy', npyBytes('|u1', [labels.length, ...shape], pixels)), file('y_train.npy', npyBytes('<i4', [labels.length], labels))];
  await uploadDataset(client, name, { format: DatasetFormat.DATASET_FORMAT_NUMPY, validationShare: 0 }, files);
}

export function addSyntheticTestCommand(program: Command): void {
  program
    .command('synthetic-test')
    .description('train CNNs on what a conditional GAN generates, on few real images and on both, and test each on real images')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .requiredOption('--data <name>', 'the data set with the real images, and a test part')
    .option('--count <n>', 'images that are generated', number(100, 100_000, true), 10_000)
    .option('--epochs <n>', 'passes over the data, at least', number(1, 1000, true), 3)
    .option('--seed <n>', '(default: 0)', seed)
    .option('--truncation <x>', 'see generate', number(0.01, 10))
    .option('--no-checked', 'also images that the classifier takes for another class than they were asked to be')
    .action(action(syntheticTest));
}
