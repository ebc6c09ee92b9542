// What the CNN benchmarks share. They train as the CNN service's training process does: the same request, data, defaults and code, in this process.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { describeMachine } from '../train/machine.mjs';

const require = createRequire(import.meta.url);
const core = require('../../libs/core/dist');
const { cnn } = require('../../libs/contracts/dist');
const { ingest, partToProto, resolveBuiltin, schemaToProto } = require('../../libs/data/dist');
const { resolve } = require('../../services/cnn/dist/train');
const { trainer } = require('../../services/cnn/dist/trainer');
const testTime = require('../../services/cnn/dist/test-time');

export const { Activation, ClassWeighting, Padding, Preset } = cnn;

/** Options of a benchmark: --seed, --epochs, --train and --test (how many images), and its own. */
export function options(usage, { epochs, train = 60_000, own = {} }) {
  const { values } = parseArgs({
    options: { help: { type: 'boolean' }, seed: { type: 'string', default: '1' }, epochs: { type: 'string', default: `${epochs}` }, train: { type: 'string', default: `${train}` }, test: { type: 'string', default: '10000' }, json: { type: 'string' }, ...own },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  return { ...values, ...Object.fromEntries(['seed', 'epochs', 'train', 'test'].map((name) => [name, Number(values[name])])) };
}

/** Runs `main` in a child process with the engine's environment, which has to be set before a process starts. */
export async function run(main) {
  const missing = core.engineEnvironment();
  if (Object.keys(missing).length > 0) {
    const { status } = spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit', env: { ...process.env, ...missing } });
    process.exitCode = status ?? 1;
    return;
  }
  const { json, ...result } = await main();
  const text = JSON.stringify({ ...result, machine: describeMachine() });
  if (json) writeFileSync(json, `${text}\n`);
  process.stdout.write(`${text}\n`);
}

/**
 * Images of a built-in set, { train, test }: uint8 pixels and labels.
 * @param wanted.perClass So many training images of each class, the first ones after `seed` has shuffled them, in place of the first `train`.
 */
export async function images(name, { train, test, perClass, seed }) {
  const { files } = await resolveBuiltin(name, process.env.QUARTET_CACHE || join(homedir(), '.cache', 'quartet'));
  const read = (wanted) => {
    const bytes = readFileSync([...files].find(([file]) => file.includes(wanted))[1]);
    return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
  };
  const part = (prefix) => ({ images: read(`${prefix}-images`).subarray(16), labels: read(`${prefix}-labels`).subarray(8) });
  const [all, tests] = [part('train'), part('t10k')];
  return { train: take(all, perClass ? fewRows(all.labels, perClass, seed) : range(train)), test: take(tests, range(test)) };
}

const range = (count) => Array.from({ length: count }, (_, row) => row);
const PIXELS = 28 * 28;
const EVALUATION_BATCH = 500;

function take({ images, labels }, rows) {
  return { images: Buffer.concat(rows.map((row) => images.subarray(row * PIXELS, (row + 1) * PIXELS))), labels: Buffer.from(rows.map((row) => labels[row])) };
}

function fewRows(labels, perClass, seed) {
  const random = core.uniformNumbers(core.deriveSeed(seed, 'few'));
  const order = range(labels.length);
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  const taken = new Map();
  return order.filter((row) => {
    const count = taken.get(labels[row]) ?? 0;
    taken.set(labels[row], count + 1);
    return count < perClass;
  });
}

/**
 * Trains on { train, test } as the service does.
 * @param request What a client sends, `model` and `dataset` left out. @param reading Of the import: validationShare.
 * @param augmentation What a client of the version may ask for (test_time_augmentation): how many are right with it is reported beside.
 */
export async function trainAsService(request, parts, reading = {}, augmentation = undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-bench-'));
  try {
    const files = new Map();
    for (const [name, { images, labels }] of Object.entries({ train: parts.train, t10k: parts.test })) {
      const write = (kind, header, bytes) => {
        const file = join(folder, `${name}-${kind}-ubyte`);
        writeFileSync(file, Buffer.concat([Buffer.from(header.flatMap((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255])), bytes]));
        files.set(`${name}-${kind}-ubyte`, file);
      };
      write('images-idx3', [0x803, labels.length, 28, 28], images);
      write('labels-idx1', [0x801, labels.length], labels);
    }
    const read = await ingest({ files }, { format: 'idx', ...reading }, join(folder, 'data'));
    const dataset = { name: 'bench', digest: read.digest, schema: schemaToProto(read.schema), parts: read.parts.map(({ part, count, classCounts }) => ({ part: partToProto(part), count: BigInt(count), classCounts: classCounts.map(BigInt) })), skippedFiles: [], source: '' };
    const resolved = resolve(cnn.TrainRequest.fromPartial({ model: 'bench', dataset: 'bench', ...request }), dataset);
    core.startEngine();
    const [started, used] = [performance.now(), process.cpuUsage()];
    let steps = 0;
    const training = await trainer.prepare({
      spec: cnn.TrainRequest.toJSON(resolved),
      dataset,
      files: Object.fromEntries(read.parts.map(({ part, examplesFile, labelsFile }) => [part, { examples: examplesFile, labels: labelsFile }])),
      report: (event) => {
        if (event.type === 'progress') steps = event.step;
        if (event.type === 'diagnostic') say(`${event.verdict}: ${event.evidence}`);
        if (event.type === 'epochEnd') say(`epoch ${event.epoch}: ${Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`).join(', ')}, ${event.seconds.toFixed(0)} s`);
      },
    });
    const outcome = await training.train(new AbortController().signal);
    if (outcome.state !== 'finished') throw new Error(`the training ${outcome.state}: ${outcome.reason}`);
    const { metrics, parameterCount } = await training.writeArtifact(join(folder, 'model'));
    training.dispose();
    const { user, system } = process.cpuUsage(used);
    return {
      accuracy: metrics['test/accuracy'],
      ...(augmentation && { augmentedAccuracy: await augmentedAccuracy(join(folder, 'model'), parts.test, augmentation) }),
      calibrationErrorBefore: metrics['test/calibrationErrorBefore'],
      calibrationError: metrics['test/calibrationError'],
      temperature: metrics.temperature,
      validationAccuracy: metrics['validation/accuracy'],
      loss: metrics['test/loss'],
      steps,
      parameters: Number(parameterCount),
      cpuSeconds: Math.round((user + system) / 1e6),
      seconds: Math.round((performance.now() - started) / 1000),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Share of the images that are right when the probabilities of changed copies are averaged, as Classify does when asked to. */
async function augmentedAccuracy(folder, { images, labels }, augmentation) {
  const model = await core.loadArtifact(folder);
  const changes = testTime.changesOf(augmentation, [28, 28]);
  let right = 0;
  for (let from = 0; from < labels.length; from += EVALUATION_BATCH) {
    const rows = Math.min(EVALUATION_BATCH, labels.length - from);
    const batch = { dtype: 'float32', shape: [rows, 28, 28, 1], data: Float32Array.from(images.subarray(from * PIXELS, (from + rows) * PIXELS), (pixel) => pixel / 255) };
    const answers = [];
    for (const change of changes) answers.push((await model.predict(testTime.changed(batch, change), ['probabilities'])).probabilities);
    const { data } = testTime.meanOf(answers);
    const classes = data.length / rows;
    for (let row = 0; row < rows; row += 1) {
      const own = data.subarray(row * classes, (row + 1) * classes);
      right += own.indexOf(Math.max(...own)) === labels[from + row];
    }
  }
  model.dispose();
  return right / labels.length;
}

/** Seconds since the process started, before each line. */
export const say = (text) => process.stderr.write(`${process.uptime().toFixed(0).padStart(5)} s  ${text}\n`);

/** Convolution, batch normalization, activation. */
export const convolution = (filters, rest = {}) => [
  { layer: { $case: 'conv2d', value: { filters, activation: Activation.ACTIVATION_LINEAR, withoutBias: true, ...rest } } },
  { layer: { $case: 'batchNormalization', value: {} } },
  { layer: { $case: 'activation', value: {} } },
];
export const layer = ($case, value = {}) => ({ layer: { $case, value } });
