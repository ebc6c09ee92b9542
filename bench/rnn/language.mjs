// A language model of characters on Moby Dick, against a 5-gram with backoff: `node bench/rnn/language.mjs [--seed n] [--epochs n]` (after
// `npm run build`). The training is the service's own, from the data set's parts to the artefact's metrics. Prints a line of JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ngramBits } from './ngram.mjs';
import { core, runMain, say } from './process.mjs';

const require = createRequire(import.meta.url);
const { ingest, loadRecords, resolveBuiltin } = require('../../libs/data/dist');
const { rnn, TrainingOptions } = require('../../libs/contracts/dist');
const { prepareLanguageModel } = require('../../services/rnn/dist/generate/trainer');
const { resolveLanguageModel } = require('../../services/rnn/dist/generate/resolve');

const USAGE = `node bench/rnn/language.mjs [options]
  --seed n       default 1
  --epochs n     default 6
  --ngram        the 5-gram alone
`;

async function main() {
  const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, epochs: { type: 'string', default: '6' }, ngram: { type: 'boolean', default: false } } });
  const work = mkdtempSync(join(tmpdir(), 'quartet-language-'));
  try {
    const { files, options } = await resolveBuiltin('moby-dick', process.env.QUARTET_CACHE || join(homedir(), '.cache', 'quartet'));
    const { schema, parts, digest } = await ingest({ files }, { format: 'text', ...options }, join(work, 'data'));
    const fileOf = Object.fromEntries(parts.map(({ part, examplesFile, labelsFile }) => [part, { examples: examplesFile, labels: labelsFile }]));
    if (values.ngram) {
      const textOf = async (part) => (await loadRecords(fileOf[part].examples, fileOf[part].labels, schema.columns)).text(0, 'text');
      const bits = ngramBits(await textOf('train'), await textOf('test'));
      process.stdout.write(`${JSON.stringify({ model: '5-gram', testBitsPerCharacter: bits })}\n`);
      return;
    }
    core.startEngine({ intraOpThreads: 1 });
    const dataset = { name: 'moby-dick', digest, schema, parts: [{ part: 1, count: 1n }, { part: 2, count: 1n }, { part: 3, count: 1n }] };
    const request = rnn.TrainLanguageModelRequest.fromPartial({ model: 'm', dataset: 'moby-dick', options: TrainingOptions.fromPartial({ epochs: Number(values.epochs), seed: BigInt(values.seed) }) });
    const began = performance.now();
    let step = 0;
    const report = (event) => {
      if (event.type === 'progress') step = event.step;
      if (event.type === 'epochEnd') say(`epoch ${event.epoch}: ${JSON.stringify(event.metrics)}, ${event.seconds.toFixed(0)} s`);
      if (event.type === 'diagnostic') say(`${event.verdict}: ${event.evidence}`);
    };
    const run = await prepareLanguageModel({ spec: {}, dataset, files: fileOf, report }, resolveLanguageModel(request, dataset));
    await run.train(new AbortController().signal);
    const seconds = Math.round((performance.now() - began) / 1000);
    const { metrics, parameterCount } = await run.writeArtifact(join(work, 'artifact'));
    run.dispose();
    process.stdout.write(`${JSON.stringify({ model: 'LSTM 256', weights: parameterCount, seed: Number(values.seed), epochs: Number(values.epochs), steps: step, seconds, metrics })}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

await runMain(main, USAGE);
// TensorFlow's threads would keep the process.
process.exit();
