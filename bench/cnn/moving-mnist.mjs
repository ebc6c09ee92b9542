// Clips of moving digits: `node bench/cnn/moving-mnist.mjs` (after `npm run build`). Trains as the CNN service's TrainVideo does, with the same request,
// data and defaults, in this process, and tells the accuracy on the test part: of the direction of motion, which no frame shows, or of the digit.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { core, runMain, say } from '../rnn/process.mjs';
import { describeMachine } from '../train/machine.mjs';

const require = createRequire(import.meta.url);
const { cnn, Family, readSettings } = require('../../libs/contracts/dist');
const { ingest, partToProto, resolveBuiltin, schemaToProto } = require('../../libs/data/dist');
const { prepareVideo } = require('../../services/cnn/dist/video/trainer');
const { resolveVideo } = require('../../services/cnn/dist/video/train');

const USAGE = `node bench/cnn/moving-mnist.mjs [options]
  --label name      direction (8 classes; default) or digit (10)
  --architecture a  frames (default) or conv3d
  --no-motion       frames: without what changed since the frame before
  --temporal n      frames: convolutions over time, default 1
  --filters n,n,n   of each block; default: the service's own
  --epochs n        default: the service's own, 8
  --seed n          of weights, order and dropout; default 1
  --clips n         of the training part, the first ones; default: all 3,600
  --json file       also writes the numbers
`;
const DATA = { direction: 'moving-mnist', digit: 'moving-mnist-digits' };

async function main() {
  const { values } = parseArgs({
    options: {
      label: { type: 'string', default: 'direction' },
      architecture: { type: 'string', default: 'frames' },
      'no-motion': { type: 'boolean', default: false },
      temporal: { type: 'string', default: '1' },
      filters: { type: 'string', default: '' },
      epochs: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      clips: { type: 'string', default: '0' },
      json: { type: 'string' },
    },
  });
  core.startEngine();
  const folder = mkdtempSync(join(tmpdir(), 'quartet-bench-'));
  try {
    const { dataset, files } = await load(DATA[values.label], folder, Number(values.clips));
    const filters = values.filters === '' ? [] : values.filters.split(',').map(Number);
    const architecture = values.architecture === 'conv3d' ? { $case: 'conv3d', value: { filters } } : { $case: 'frames', value: { filters, motion: !values['no-motion'], temporalLayers: Number(values.temporal) } };
    const request = cnn.TrainVideoRequest.fromPartial({ model: 'bench', dataset: dataset.name, spec: { architecture }, options: { epochs: Number(values.epochs), seed: BigInt(values.seed) } });
    const resolved = resolveVideo(request, dataset);
    const [started, before] = [performance.now(), process.cpuUsage()];
    const run = await prepareVideo({ spec: cnn.TrainVideoRequest.toJSON(resolved), dataset, files, family: Family.FAMILY_CNN, report });
    const outcome = await run.train(new AbortController().signal);
    if (outcome.state !== 'finished') throw new Error(`the training ${outcome.state}: ${outcome.reason}`);
    const { user, system } = process.cpuUsage(before);
    const [cpuSeconds, seconds] = [(user + system) / 1e6, (performance.now() - started) / 1000];
    const { metrics, parameterCount } = await run.writeArtifact(join(folder, 'model'));
    run.dispose();
    const { spec } = JSON.parse(readFileSync(join(folder, 'model', 'manifest.json'), 'utf8'));
    const accuracy = metrics['test/accuracy'];
    process.stdout.write(`${values.label}: ${(accuracy * 100).toFixed(2)} % of ${metrics['test/examples']} test clips right; ${values.architecture}, ${parameterCount} parameters, ${resolved.options.epochs} epochs, seed ${values.seed}; ${cpuSeconds.toFixed(0)} s of processors\n`);
    say(`${seconds.toFixed(0)} s by the clock; ${describeMachine()}`);
    if (values.json) writeFileSync(values.json, `${JSON.stringify({ label: values.label, architecture: spec.architecture, seed: Number(values.seed), epochs: resolved.options.epochs, accuracy, metrics, parameters: parameterCount, cpuSeconds, seconds, machine: describeMachine() }, null, 1)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The built-in data as the registry stores it. @param clips Of the training part; 0: all. */
async function load(name, folder, clips) {
  const { files: sources, options } = await resolveBuiltin(name, readSettings().QUARTET_CACHE);
  const { schema, parts, digest } = await ingest({ files: sources }, options, join(folder, 'data'));
  const files = Object.fromEntries(parts.map(({ part, examplesFile, labelsFile }) => [part, { examples: examplesFile, labels: labelsFile }]));
  if (clips > 0) for (const [kind, file] of Object.entries(files.train)) shorten(file, clips, kind === 'labels' ? 4 : schema.exampleShape.reduce((a, b) => a * b, 1));
  const dataset = { name, digest, schema: schemaToProto(schema), parts: parts.map(({ part, count, classCounts }) => ({ part: partToProto(part), count: BigInt(count), classCounts: classCounts.map(BigInt) })) };
  return { dataset, files };
}

/** Keeps the first rows of an .npy file of version 1.0. */
function shorten(file, rows, rowBytes) {
  const bytes = readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.subarray(10, start).toString('latin1').replace(/\((\d+),/, (_, count) => `(${String(rows).padStart(count.length)},`);
  writeFileSync(file, Buffer.concat([bytes.subarray(0, 10), Buffer.from(header, 'latin1'), bytes.subarray(start, start + rows * rowBytes)]));
}

function report(event) {
  if (event.type === 'diagnostic') say(`${event.verdict}: ${event.evidence}`);
  if (event.type === 'epochEnd') say(`epoch ${event.epoch}: ${Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`).join(', ')}, ${event.seconds.toFixed(0)} s`);
}

await runMain(main, USAGE);
