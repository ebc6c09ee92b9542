// What the autoencoder benchmarks share: data, training, figures. All train with @quartet/core alone, as the service does.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';

const require = createRequire(import.meta.url);
export const core = require('../../libs/core/dist/index.js');
const { ImageBatches, resolveBuiltin } = require('../../libs/data/dist/index.js');

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** Options of a benchmark: `--seed 1 --epochs 10 --train 60000 --test 10000 --data mnist --json out.json`, and its own. */
export function options(own = {}) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' }, epochs: { type: 'string', default: '10' }, train: { type: 'string', default: '60000' }, test: { type: 'string', default: '10000' }, data: { type: 'string', default: 'mnist' }, json: { type: 'string' }, ...own },
  });
  const numbers = Object.fromEntries(['seed', 'epochs', 'train', 'test'].map((name) => [name, Number(values[name])]));
  return { ...values, ...numbers, positionals };
}

/** The first images of both parts, uint8, with their classes. */
export async function images({ data, train, test }) {
  const { files } = await resolveBuiltin(data, process.env.QUARTET_CACHE || join(homedir(), '.cache', 'quartet'));
  const read = (name) => {
    const [, path] = [...files].find(([file]) => file.includes(name));
    const bytes = readFileSync(path);
    return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
  };
  const part = (name, count) => ({ pixels: Uint8Array.from(read(`${name}-images`).subarray(16, 16 + count * PIXELS)), labels: Uint8Array.from(read(`${name}-labels`).subarray(8, 8 + count)) });
  return { train: part('train', train), test: part('t10k', test) };
}

export const unit = (pixels) => Float32Array.from(pixels, (value) => value / 255);

/** Trains on images. @returns the model and its last epoch's metrics */
export async function trained(spec, pixels, { epochs, seed, batchSize = 128, learningRate, ema }) {
  const model = core.buildAutoencoder({ inputShape: [SIDE, SIDE, 1], likelihood: 'gaussian', deviation: 0.1, dropout: 0, sparsity: 0, architecture: { kind: 'dense', units: [512, 256] }, ...spec }, seed);
  const part = { count: pixels.length / PIXELS, exampleShape: [SIDE, SIDE, 1], examples: pixels, labels: new Int32Array(pixels.length / PIXELS) };
  const began = performance.now();
  const { history } = await new core.Trainer({
    objective: core.autoencoderObjective(model),
    training: new ImageBatches(part, { batchSize, seed }),
    epochs,
    seed,
    schedule: 'warmupCosine',
    ...(learningRate && { learningRate }),
    ...(ema && { ema }),
    onEvent: (event) => event.type === 'epochEnd' && console.error(`epoch ${event.epoch}: ${JSON.stringify(event.metrics)}`),
  }).train();
  return { model, metrics: history.at(-1).metrics, seconds: Math.round((performance.now() - began) / 1000) };
}

export const meanSquare = (a, b) => a.reduce((sum, value, at) => sum + (value - b[at]) ** 2, 0) / a.length;
export const decibels = (mse) => -10 * Math.log10(mse);

/** Mean squared error of each image. */
export function errors(a, b) {
  return Float64Array.from({ length: a.length / PIXELS }, (_, image) => {
    let sum = 0;
    for (let at = image * PIXELS; at < (image + 1) * PIXELS; at += 1) sum += (a[at] - b[at]) ** 2;
    return sum / PIXELS;
  });
}

/** Prints a benchmark's figures as a line of JSON, and writes them if `--json` says where. TensorFlow's threads would keep the process. */
export function finish(figures, { json }) {
  const line = JSON.stringify(figures, (_, value) => (typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value));
  console.log(line);
  if (json) writeFileSync(json, `${line}\n`);
  process.exit(0);
}
