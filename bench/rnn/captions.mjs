// Names of emoji: `node bench/rnn/captions.mjs` (after `npm run build`). Starts a platform of its own, trains a CNN model to tell the
// categories of emoji apart, and over its embeddings captioners that say their names; both learn from the same training part. Compared, on
// emoji that neither saw, with the name of the most similar one that they know.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';
import { say } from './process.mjs';

const USAGE = `node bench/rnn/captions.mjs [options]
  --seeds n         captioners, with seeds 1 to n; default 3
  --cnn-epochs n    default 12
  --epochs n        of the captioners, default 30
  --json file       also writes the numbers
`;
const require = createRequire(import.meta.url);
const { connect, tensorToTypedArray, uploadDataset, waitUntilServing, watchJob } = require('../../libs/client/dist');
const { DatasetFormat, Part } = require('../../libs/contracts/dist');
const { recordsOf } = require('../../libs/data/dist');
const PORTS = { gateway: 48150, cnn: 48151, rnn: 48152, registry: 48160 };
const FIELDS = ['image', 'text'];

async function main() {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '3' }, 'cnn-epochs': { type: 'string', default: '12' }, epochs: { type: 'string', default: '30' }, json: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) return process.stdout.write(USAGE);
  const home = mkdtempSync(join(tmpdir(), 'quartet-captions-'));
  const services = Object.keys(PORTS).map((name) => start(name, home));
  const client = connect({ address: `127.0.0.1:${PORTS.gateway}`, defaultDeadlineMs: 300_000 });
  try {
    for (const service of ['quartet.rnn.v1.RnnService', 'quartet.cnn.v1.CnnService', 'quartet.dataset.v1.DatasetService']) await waitUntilServing(client, { service, timeoutMs: 600_000 });
    const result = await run(client, Number(values.seeds), Number(values['cnn-epochs']), Number(values.epochs));
    process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
    if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 1)}\n`);
  } finally {
    client.close();
    for (const service of services) service.kill('SIGTERM');
    await Promise.all(services.map((service) => new Promise((resolve) => service.once('exit', resolve))));
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
  return undefined;
}

function start(name, home) {
  const ports = Object.fromEntries(Object.entries(PORTS).map(([service, port]) => [`QUARTET_${service.toUpperCase()}_PORT`, `${port}`]));
  return spawn(process.execPath, [new URL(`../../services/${name}/dist/main.js`, import.meta.url).pathname], { env: { ...process.env, ...ports, QUARTET_HOME: home, QUARTET_LOG_LEVEL: 'error' }, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function run(client, seeds, cnnEpochs, epochs) {
  let dataset;
  for await (const { message } of client.datasets.importDataset({ name: 'emoji', uri: 'builtin:emoji' }, { deadlineMs: 600_000 })) if (message?.$case === 'dataset') dataset = message.value;
  const pictures = await trainingPictures(client, dataset);
  say(`${pictures.length} emoji to learn from, ${dataset.schema.classNames.length} categories`);
  await uploadDataset(client, 'pictures', { format: DatasetFormat.DATASET_FORMAT_IMAGE_FOLDER }, pictures);
  const cnn = await trained(client, await client.cnn.train({ model: 'emoji-images', dataset: 'pictures', spec: SPEC, options: { epochs: cnnEpochs, batchSize: 32, seed: 1n, learningRate: 0.002, schedule: 2 } }));
  await client.models.promoteVersion({ model: 'emoji-images', version: cnn.version });
  say(`CNN: ${JSON.stringify(cnn.metrics)}`);
  const captioners = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const request = { model: 'emoji-names', dataset: 'emoji', imageModel: { name: 'emoji-images' }, options: { epochs, seed: BigInt(seed) } };
    const { metrics } = await trained(client, await client.rnn.trainCaptioner(request));
    say(`seed ${seed}: ${JSON.stringify(metrics)}`);
    captioners.push({ seed, metrics });
  }
  return { pictures: pictures.length, cnn: cnn.metrics, captioners, machine: describeMachine() };
}

/** Small: 64 x 64 pixels, ten categories, 1,500 pictures. */
const layer = ($case, value) => ({ layer: { $case, value } });
const SPEC = {
  layers: [16, 32, 64].flatMap((filters) => [layer('conv2d', { filters }), layer('batchNormalization', {}), layer('maxPool2d', {})]).concat([layer('flatten', {}), layer('dense', { units: 96 }), layer('dropout', { rate: 0.3 })]),
};

/** The training part's emoji by category: the CNN must not have seen what the captioner is tested on. */
async function trainingPictures(client, { parts, schema }) {
  const count = Number(parts.find(({ part }) => part === Part.PART_TRAIN).count);
  const pictures = [];
  for (let offset = 0; offset < count; offset += 200) {
    const { examples, labels } = await client.datasets.readExamples({ name: 'emoji', part: Part.PART_TRAIN, offset, count: Math.min(200, count - offset) });
    const records = recordsOf(tensorToTypedArray(examples), tensorToTypedArray(labels), FIELDS);
    for (let row = 0; row < records.count; row++) {
      const source = Buffer.from(records.bytes(row, 'image'));
      const category = schema.classNames[records.classes[row]].replaceAll(/[^A-Za-z]+/g, '-');
      pictures.push({ path: `${category}/${offset + row}.png`, source, size: source.length });
    }
  }
  return pictures;
}

async function trained(client, job) {
  for await (const { event } of watchJob(client, job.id)) if (event?.$case === 'epochEnd') say(`${job.model}: ${JSON.stringify(event.value.metrics)}`);
  const { state, error, model, version } = await client.training.getJob({ id: job.id });
  if (version === 0n) throw new Error(`job ended in state ${state}: ${error}`);
  return client.models.getVersion({ model: { name: model, target: { $case: 'version', value: version } } });
}

await main();
