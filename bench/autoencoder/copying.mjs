// An overcomplete network copies; the remedies that the training proposes, and what they do to it.
// `node bench/autoencoder/copying.mjs [--latent 784] [--epochs 6] [--seed 1] [--json out.json]`
import { core, decibels, finish, images, meanSquare, options, PIXELS, trained, unit } from './common.mjs';

const given = options({ latent: { type: 'string', default: '784' } });
core.startEngine();
const { train, test } = await images(given);
const clean = unit(test.pixels);
const latentSize = Number(given.latent);
const architecture = { kind: 'dense', units: [1024] };
const CASES = {
  overcomplete: {},
  'smaller latent (32)': { latentSize: 32 },
  'noise on the inputs (gaussian 0.3)': { corruption: { kind: 'gaussian', level: 0.3, minLevel: 0.3 } },
  'sparsity 0.01': { sparsity: 0.01 },
  'dropout 0.2': { dropout: 0.2 },
  'variational, beta 1, deviation 0.1': { variational: { beta: 1, warmUpSteps: 500, freeBits: 0 } },
};
// Noise of another seed than the training's.
const noisy = core.tf().tidy(() => core.tf().tensor1d(clean).add(core.tf().randomNormal([clean.length], 0, 0.3, 'float32', 12345)).clipByValue(0, 1).dataSync().slice());
const results = [];
for (const [name, change] of Object.entries(CASES)) {
  const { model } = await trained({ latentSize, architecture, ...change }, train.pixels, given);
  const runner = new core.AutoencoderRunner(model);
  const { metrics, finding } = core.watchAutoencoder({ spec: model.spec, training: unit(train.pixels.subarray(0, 20_000 * PIXELS)), unseen: clean.subarray(0, 1000 * PIXELS), reconstruct: (x) => runner.run(x), seed: given.seed });
  const known = runner.run(unit(train.pixels)).latent;
  results.push({
    name,
    verdict: finding?.verdict ?? 'none',
    noiseExplained: metrics.noiseExplained,
    mse: metrics.mse,
    // What it is of use for: noise taken away that it never saw unless trained to, and neighbours of the same class.
    noisePsnr: decibels(meanSquare(runner.run(noisy).reconstruction, clean)),
    neighborAccuracy: core.nearestAccuracy(known, train.labels, runner.run(clean).latent.subarray(0, 2000 * model.spec.latentSize), test.labels.subarray(0, 2000), model.spec.latentSize),
  });
  console.error(JSON.stringify(results.at(-1)));
  runner.dispose();
  model.dispose();
}
finish({ epochs: given.epochs, seed: given.seed, train: given.train, latentSize, noisyPsnr: decibels(meanSquare(noisy, clean)), results }, given);
