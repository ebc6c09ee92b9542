// Trains classifiers and taggers as the service does, on built-in data, and prints how they do on the test part.
import { createRequire } from 'node:module';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheFolder } from '../../tools/setup/paths.mjs';
import { core, runMain, say } from './process.mjs';

const require = createRequire(import.meta.url);
const dist = (path) => require(`../../services/rnn/dist/${path}`);

const PARTS = { train: 1, validation: 2, test: 3 };

/** What each task trains with beside the service's defaults. */
const TASKS = {
  'reuters-r8': { ensemble: 1, text: { maxTokens: 128 }, options: { epochs: 6, learningRate: 0.003 } },
  'movie-sentiment': { ensemble: 1, options: { epochs: 4, batchSize: 64 } },
  'movie-grades': { ensemble: 1, ordinal: true, options: { epochs: 4, batchSize: 64 } },
  brown: { options: { epochs: 1, batchSize: 64 } },
  'japanese-vowels': {},
};

const USAGE = `node bench/rnn/texts.mjs [--task NAME,...] [--seed N,...] [--ensemble N] [--one-way] [--nominal] [--epochs N] [--request JSON] [--json FILE]
tasks: ${Object.keys(TASKS).join(', ')} (default: all); seeds: default 1,2,3
--one-way: one direction only. --nominal: grades without their order. --json: a line is added for each training.\n`;

await runMain(main, USAGE);

async function main() {
  const { values } = parseArgs({
    options: {
      task: { type: 'string', default: Object.keys(TASKS).join() },
      seed: { type: 'string', default: '1,2,3' },
      ensemble: { type: 'string' },
      epochs: { type: 'string' },
      'one-way': { type: 'boolean' },
      nominal: { type: 'boolean' },
      request: { type: 'string', default: '{}' },
      json: { type: 'string' },
    },
  });
  const tasks = values.task.split(',');
  const unknown = tasks.find((task) => !TASKS[task]);
  if (unknown !== undefined) throw new Error(`--task ${unknown}; expected some of ${Object.keys(TASKS).join(', ')}`);
  core.startEngine({ intraOpThreads: 1 });
  for (const seed of values.seed.split(',')) for (const task of tasks) await train(task, { ...values, seed });
}

async function train(task, values) {
  const work = mkdtempSync(join(tmpdir(), 'quartet-bench-'));
  try {
    const { dataset, files } = await load(task, join(work, 'data'));
    const [cpu, started] = [process.cpuUsage(), process.uptime()];
    const prepared = await prepare(task, values, dataset, files);
    await prepared.run.train(new AbortController().signal);
    const seconds = Math.round(process.uptime() - started);
    const { user, system } = process.cpuUsage(cpu);
    const cpuSeconds = Math.round((user + system) / 1e6);
    const { metrics, parameterCount } = await prepared.run.writeArtifact(mkdtempSync(join(work, 'model-')));
    prepared.run.dispose();
    const options = { ...(values['one-way'] && { oneWay: true }), ...(values.nominal && { nominal: true }), ...(values.epochs && { epochs: Number(values.epochs) }) };
    const result = { task, seed: Number(values.seed), ensemble: prepared.ensemble, ...options, metrics, parameterCount, steps: prepared.steps(), cpuSeconds, seconds };
    const test = Object.entries(metrics).filter(([name]) => name.startsWith('test/')).map(([name, value]) => `${name.slice(5)} ${+value.toFixed(4)}`);
    process.stdout.write(`${task}, seed ${values.seed}${values['one-way'] ? ', one direction' : ''}${values.nominal ? ', nominal' : ''}: ${test.join(', ')}; ${result.steps} steps, ${cpuSeconds} s of CPU, ${seconds} s\n`);
    if (values.json) appendFileSync(values.json, `${JSON.stringify(result)}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The data set as the registry would hold it. */
async function load(name, folder) {
  const data = require('../../libs/data/dist');
  const { files, options } = await data.resolveBuiltin(name, cacheFolder());
  const { schema, parts, digest } = await data.ingest({ files }, { validationShare: 0.1, ...options }, folder);
  const dataset = { name, digest, schema: data.schemaToProto(schema), parts: parts.map(({ part, count }) => ({ part: PARTS[part], count: BigInt(count) })) };
  say(`${name}: ${parts.map(({ part, count }) => `${part} ${count}`).join(', ')}; ${schema.classNames.length} classes`);
  return { dataset, files: Object.fromEntries(parts.map(({ part, examplesFile, labelsFile }) => [part, { examples: examplesFile, labels: labelsFile }])) };
}

async function prepare(task, values, dataset, files) {
  const { rnn } = require('@quartet/contracts');
  const given = { ...TASKS[task], ...JSON.parse(values.request) };
  const options = { ...given.options, seed: BigInt(values.seed), ...(values.epochs && { epochs: Number(values.epochs) }) };
  const network = { ...given.network, ...(values['one-way'] && { bidirectional: false }) };
  const request = { model: 'bench', dataset: task, ...given, network, options, ...(values.nominal && { ordinal: false }) };
  let steps = 0;
  const report = (event) => {
    if (event.type === 'progress') steps = event.step;
    if (event.type === 'diagnostic') say(`${event.verdict}: ${event.evidence}`);
    if (event.type === 'epochEnd') say(`epoch ${event.epoch}, step ${steps}: ${Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`).join(', ')}${event.best ? ' *' : ''}`);
  };
  const job = { dataset, files, report };
  const tagged = dataset.schema.kind === 'tagged';
  const resolved = tagged
    ? dist('tag/resolve').resolveTagger(rnn.TrainTaggerRequest.fromPartial(request), dataset)
    : dist('classify/resolve').resolveClassifier(rnn.TrainClassifierRequest.fromPartial({ ...request, ensemble: Number(values.ensemble ?? given.ensemble ?? 0) }), dataset);
  const run = tagged ? await dist('tag/trainer').prepareTagger(job, resolved) : await dist('classify/trainer').prepareClassifier(job, resolved);
  return { run, ensemble: resolved.ensemble, steps: () => steps };
}
