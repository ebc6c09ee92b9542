// Trains as the RNN service's training process does, with the same request, data and defaults, in this process: no platform has to be up.
import { writeFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { core, say } from './process.mjs';

const require = createRequire(import.meta.url);
const { rnn } = require('../../libs/contracts/dist');
const PREPARE = {
  transcriber: () => [require('../../services/rnn/dist/transcribe/resolve').resolveTranscriber, require('../../services/rnn/dist/transcribe/trainer').prepareTranscriber, rnn.TrainTranscriberRequest],
  classifier: () => [require('../../services/rnn/dist/classify/resolve').resolveClassifier, require('../../services/rnn/dist/classify/trainer').prepareClassifier, rnn.TrainClassifierRequest],
};
/** As the service sets it. */
const ENGINE = { intraOpThreads: 1 };

/**
 * @param task `transcriber` or `classifier`. @param request What a client sends, `model` and `dataset` left out.
 * @param parts {train, validation, test}: recordings {pcm, text, label}.
 * @returns Metrics, steps, seconds and the parameters' count.
 */
export async function trainOnRecordings(task, request, parts, { sampleRate, classNames = [] }) {
  core.startEngine(ENGINE);
  const folder = mkdtempSync(join(tmpdir(), 'quartet-bench-'));
  try {
    const [resolve, prepare, type] = PREPARE[task]();
    const files = Object.fromEntries(Object.entries(parts).map(([name, recordings]) => [name, writePart(folder, name, recordings)]));
    const all = Object.values(parts).flat();
    const longest = [(of) => 2 * of.pcm.length, (of) => Buffer.byteLength(of.text)].map((length) => BigInt(all.reduce((most, of) => Math.max(most, length(of)), 0)));
    const numbers = { train: 1, validation: 2, test: 3 };
    const dataset = {
      name: 'recordings',
      digest: '',
      schema: { kind: 'recording', exampleShape: longest, columns: ['audio', 'text'], classNames, sampleRate, mean: [], standardDeviation: [] },
      parts: Object.entries(parts).map(([name, { length }]) => ({ part: numbers[name], count: BigInt(length) })),
    };
    const resolved = resolve(type.fromPartial({ model: 'bench', dataset: 'recordings', ...request }), dataset);
    const started = performance.now();
    let step = 0;
    const run = await prepare({ files, dataset, spec: {}, report: (event) => (step = report(event) ?? step) }, resolved);
    const outcome = await run.train(new AbortController().signal);
    if (outcome.state !== 'finished') throw new Error(`the training ${outcome.state}: ${outcome.reason}`);
    const seconds = (performance.now() - started) / 1000;
    const out = join(folder, 'model');
    const { metrics, parameterCount } = await run.writeArtifact(out);
    run.dispose();
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    return { metrics, parameterCount, seconds, steps: step, options: resolved.options, manifest };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns The step, of an event that has one. */
function report(event) {
  if (event.type === 'diagnostic') say(`${event.verdict}: ${event.evidence}`);
  if (event.type === 'epochEnd') say(`epoch ${event.epoch}: ${Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`).join(', ')}, ${event.seconds.toFixed(0)} s`);
  return event.type === 'progress' ? event.step : undefined;
}

/** As libs/data stores recordings: all bytes of a part, and class and lengths of each. */
function writePart(folder, name, recordings) {
  const fields = recordings.map(({ pcm, text }) => [Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength), Buffer.from(text)]);
  const labels = Int32Array.from(recordings.flatMap(({ label = -1 }, row) => [label, ...fields[row].map(({ length }) => length)]));
  const files = { examples: join(folder, `${name}-examples.npy`), labels: join(folder, `${name}-labels.npy`) };
  const bytes = Buffer.concat(fields.flat());
  writeNpy(files.examples, '|u1', [bytes.length], bytes);
  writeNpy(files.labels, '<i4', [recordings.length, 3], Buffer.from(labels.buffer));
  return files;
}

/** Version 1.0 of NumPy's format. */
function writeNpy(file, type, shape, bytes) {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(header.length);
  writeFileSync(file, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), size, Buffer.from(header, 'latin1'), bytes]));
}
