// Sound and short video: a GAN's distance to real examples against that of noise and of a Gaussian with the mean and covariance of the data.
// Sound: spoken digits of five voices, 0.5 s at 8 kHz, at random speed and loudness. Video: a digit that moves, 8 frames of 32 x 32.
// `node bench/gan/signals.mjs sound|video [STEPS] [SEED] [OPTIONS]`; writes samples (WAV, GIF) beside its line of JSON's `written`. OPTIONS, JSON: `filters`,
// and `training` beside the bench's own. After `npm run build`.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mnist } from './mnist-data.mjs';

const require = createRequire(import.meta.url);
const core = require('../../libs/core/dist/index.js');

const BATCH = 32;
const ROUND = 100;
const MEASURED = 256;
const RATE = 8000;

const CASES = {
  sound: {
    shape: [4096, 1],
    filters: [16, 32, 64, 128],
    extractor: () => core.soundFeatures(4096, RATE),
    async source() {
      const { loadVoices } = await import('../rnn/digits-data.mjs');
      const recordings = loadVoices().flatMap(({ digits }) => digits);
      return (seed) => {
        const random = core.uniformNumbers(seed);
        const said = core.augmentAudio(recordings[Math.floor(random() * recordings.length)], { speed: [0.85, 1.18], gain: [-3, 3] }, core.deriveSeed(seed, 'augment'));
        const clip = new Float32Array(4096);
        clip.set(said.subarray(0, 4096));
        return clip;
      };
    },
    write: (folder, data) => writeFileSync(join(folder, 'sound.wav'), wav(data.subarray(0, 8 * 4096))),
  },
  video: {
    shape: [8, 32, 32, 1],
    filters: [16, 32, 64],
    extractor: () => core.videoFeatures([8, 32, 32, 1]),
    async source() {
      const { train } = await mnist();
      return (seed) => {
        const random = core.uniformNumbers(seed);
        const digit = Math.floor(random() * 10_000);
        const [x0, y0, dx, dy] = [random() * 18, random() * 18, random() * 4 - 2, random() * 4 - 2];
        const clip = new Float32Array(8 * 32 * 32);
        // A digit of 14 x 14 pixels, each the mean of four, which bounces off the walls.
        const bounce = (at) => 18 - Math.abs(18 - (((at % 36) + 36) % 36));
        for (let frame = 0; frame < 8; frame += 1) {
          const [left, top] = [Math.round(bounce(x0 + dx * frame)), Math.round(bounce(y0 + dy * frame))];
          for (let y = 0; y < 14; y += 1) for (let x = 0; x < 14; x += 1) {
            const pixel = (v, u) => train.examples[digit * 784 + (2 * y + v) * 28 + 2 * x + u] / 255;
            clip[frame * 1024 + (top + y) * 32 + left + x] = (pixel(0, 0) + pixel(0, 1) + pixel(1, 0) + pixel(1, 1)) / 4;
          }
        }
        return clip;
      };
    },
    write: (folder, data) => gif(join(folder, 'video.gif'), data),
  },
};

async function main(name, steps, seed, options) {
  const bench = CASES[name];
  if (!bench) throw new Error(`received case ${name}, expected one of ${Object.keys(CASES).join(', ')}`);
  core.startEngine();
  const example = await bench.source();
  const size = bench.shape.reduce((a, b) => a * b, 1);
  const draw = (purpose, count) => {
    const data = new Float32Array(count * size);
    for (let row = 0; row < count; row += 1) data.set(example(core.deriveSeed(seed, purpose, row)), row * size);
    return { inputs: { x: { dtype: 'float32', shape: [count, ...bench.shape], data } }, count };
  };
  const [seen, heldOut] = [draw('seen', MEASURED), draw('held out', MEASURED)];
  const quality = new core.Quality(bench.extractor(), { heldOut: heldOut.inputs.x, seen: seen.inputs.x, searched: seen.inputs.x });
  const spec = {
    exampleShape: bench.shape, architecture: { kind: 'convolutional', filters: options.filters ?? bench.filters }, latentSize: 64, mode: 'unconditional', classes: 0, loss: 'nonSaturating',
    spectralNormalization: false, minibatchDeviation: true, instanceNoise: 0,
  };
  const gan = core.buildGan(spec, seed);
  const trainer = new core.GanTrainer({
    gan, seen, heldOut, seed, epochs: Math.ceil(steps / ROUND), roundSteps: ROUND, balance: { patience: 0 }, discriminatorLearningRate: 0.0005, generatorLearningRate: 0.0005, ...options.training,
    training: { stepsPerEpoch: ROUND, batch: (epoch, step) => draw(`batch ${epoch} ${step}`, BATCH) },
    quality: { count: MEASURED, measure: (generated) => quality.measure(generated) },
    onEvent: (event) => event.type === 'epochEnd' && console.error(event.epoch * ROUND, event.metrics.distance),
  });
  const began = process.cpuUsage();
  await trainer.train();
  const used = process.cpuUsage(began);
  const made = trainer.generate(MEASURED, 5);
  const folder = mkdtempSync(join(tmpdir(), `quartet-${name}-`));
  await bench.write(folder, made.data);
  const distanceOf = (data) => quality.measure({ dtype: 'float32', shape: [MEASURED, ...bench.shape], data }).distance;
  console.log(JSON.stringify({
    case: name, seed, steps, cpuSeconds: Math.round((used.user + used.system) / 1e6), floor: quality.floor.distance, gan: distanceOf(made.data),
    gaussian: distanceOf(gaussianLike(seen.inputs.x.data, size, seed, name === 'video')), noise: distanceOf(noiseLike(seen.inputs.x.data, seed, name === 'video')), written: folder,
  }));
}

/** Independent numbers of the data's own mean and deviation. */
function noiseLike(data, seed, unit) {
  const normal = core.normalNumbers(core.deriveSeed(seed, 'noise'));
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
  return data.map(() => clipped(mean + deviation * normal(), unit));
}

/** Drawn from the Gaussian with the examples' mean and covariance: the mean and a normal combination of the examples' differences from it. */
function gaussianLike(data, size, seed, unit) {
  const count = data.length / size;
  const normal = core.normalNumbers(core.deriveSeed(seed, 'gaussian'));
  const mean = new Float64Array(size);
  data.forEach((value, at) => (mean[at % size] += value / count));
  const made = new Float32Array(data.length);
  for (let row = 0; row < count; row += 1) {
    const own = Float64Array.from(mean);
    for (let of = 0; of < count; of += 1) {
      const weight = normal() / Math.sqrt(count - 1);
      for (let at = 0; at < size; at += 1) own[at] += weight * (data[of * size + at] - mean[at]);
    }
    own.forEach((value, at) => (made[row * size + at] = clipped(value, unit)));
  }
  return made;
}

const clipped = (value, unit) => Math.min(1, Math.max(unit ? 0 : -1, value));

/** 16-bit PCM, one channel. */
function wav(samples) {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  [16, 0x0001_0001, RATE, 2 * RATE, 0x0010_0002].forEach((value, at) => bytes.writeUInt32LE(value, 16 + 4 * at));
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((value, at) => bytes.writeInt16LE(Math.round(32767 * clipped(value, false)), 44 + 2 * at));
  return bytes;
}

/** 16 videos side by side, as frames of an animated GIF. */
async function gif(file, data) {
  const { default: sharp } = await import('sharp');
  const frames = new Uint8Array(8 * 128 * 128 * 3);
  for (let clip = 0; clip < 16; clip += 1) for (let at = 0; at < 8 * 1024; at += 1) {
    const [frame, y, x] = [Math.floor(at / 1024), Math.floor((at % 1024) / 32), at % 32];
    frames.fill(Math.round(255 * data[clip * 8192 + at]), 3 * ((frame * 128 + Math.floor(clip / 4) * 32 + y) * 128 + (clip % 4) * 32 + x), 3 * ((frame * 128 + Math.floor(clip / 4) * 32 + y) * 128 + (clip % 4) * 32 + x) + 3);
  }
  await sharp(frames, { raw: { width: 128, height: 8 * 128, channels: 3, pageHeight: 128 } }).gif({ delay: new Array(8).fill(120), loop: 0 }).toFile(file);
}

const [name = 'sound', steps = '1000', seed = '1', options = '{}'] = process.argv.slice(2);
await main(name, Number(steps), Number(seed), JSON.parse(options));
process.exit(0);
