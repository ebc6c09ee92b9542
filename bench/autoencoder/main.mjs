// Autoencoders on MNIST against PCA: reconstruction error at a latent size, and denoising. Trains with core's Trainer, as the service
// does. `node bench/autoencoder/main.mjs CASE [EPOCHS]`, CASE one of the names below; prints one line of JSON. After `npm run build`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const core = require('../../libs/core/dist/index.js');
const { ImageBatches, resolveBuiltin } = require('../../libs/data/dist/index.js');

const PIXELS = 28 * 28;
const DENSE = { kind: 'dense', units: [512, 256] };
const gaussian = (level) => ({ latentSize: 128, architecture: { kind: 'dense', units: [1024, 512] }, corruption: { kind: 'gaussian', level, minLevel: level } });
const CASES = {
  'latent-8': { latentSize: 8, architecture: DENSE },
  'latent-16': { latentSize: 16, architecture: DENSE },
  'latent-32': { latentSize: 32, architecture: DENSE },
  'noise-0.3': gaussian(0.3),
  'noise-0.5': gaussian(0.5),
};
/** The best PCA on the same test images (for noise: the best of all component counts). */
const PCA = { 'latent-8': { mse: 0.0364 }, 'latent-16': { mse: 0.0254 }, 'latent-32': { mse: 0.0152 }, 'noise-0.3': { psnr: 17.6 }, 'noise-0.5': { psnr: 15.2 } };

async function main(name, epochs, seed) {
  if (!CASES[name]) throw new Error(`received case ${name}, expected one of ${Object.keys(CASES).join(', ')}`);
  core.startEngine();
  const { files } = await resolveBuiltin('mnist', process.env.QUARTET_CACHE || join(homedir(), '.cache', 'quartet'));
  const load = (part, count) => Uint8Array.from(readFileSync(files.get(`${part}-images-idx3-ubyte`)).subarray(16, 16 + count * PIXELS));
  const [train, test] = [load('train', 60_000), load('t10k', 10_000)];
  const part = (examples) => ({ count: examples.length / PIXELS, exampleShape: [28, 28, 1], examples, labels: new Int32Array(examples.length / PIXELS) });
  const spec = { inputShape: [28, 28, 1], likelihood: 'gaussian', deviation: 0.1, dropout: 0, sparsity: 0, ...CASES[name] };
  const model = core.buildAutoencoder(spec, seed);
  const began = performance.now();
  await new core.Trainer({
    objective: core.autoencoderObjective(model),
    training: new ImageBatches(part(train), { batchSize: 128, seed }),
    epochs,
    seed,
    schedule: 'warmupCosine',
    onEvent: (event) => event.type === 'epochEnd' && console.error(`epoch ${event.epoch}: ${event.metrics.mse.toFixed(5)}`),
  }).train();
  const seconds = Math.round((performance.now() - began) / 1000);
  const clean = Float32Array.from(test, (value) => value / 255);
  const level = spec.corruption?.level;
  const given = level ? withNoise(clean, level) : clean;
  const runner = new core.AutoencoderRunner(model);
  const { reconstruction } = runner.run(given);
  const measured = { mse: meanSquare(reconstruction, clean), psnr: psnr(reconstruction, clean), ...(level && { noisyPsnr: psnr(given, clean) }) };
  console.log(JSON.stringify({ case: name, epochs, seed, seconds, ...measured, pca: PCA[name], ...(level ? { gainOverPca: measured.psnr - PCA[name].psnr } : { shareOfPca: measured.mse / PCA[name].mse }) }));
}

const meanSquare = (a, b) => a.reduce((sum, value, at) => sum + (value - b[at]) ** 2, 0) / a.length;
const psnr = (a, b) => -10 * Math.log10(meanSquare(a, b));

/** Normal noise of a fixed seed (Box and Muller, 1958, over Lehmer's generator), cut to 0..1; another than the training's. */
function withNoise(clean, level) {
  let state = 12345;
  const unit = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return clean.map((value) => Math.min(1, Math.max(0, value + level * Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit()))));
}

const [name, epochs = '10', seed = '1'] = process.argv.slice(2);
await main(name, Number(epochs), Number(seed));
// TensorFlow's threads would keep the process.
process.exit(0);
