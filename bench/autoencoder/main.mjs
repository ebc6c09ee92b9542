// Autoencoders of images against PCA: reconstruction error, neighbours, noise and blur taken away.
// `node bench/autoencoder/main.mjs CASE [--data fashion] [--epochs 10] [--seed 1] [--json out.json]`, CASE one of the names below.
import { core, decibels, finish, images, meanSquare, options, PIXELS, SIDE, trained, unit } from './common.mjs';

const gaussian = (level) => ({ latentSize: 128, architecture: { kind: 'dense', units: [1024, 512] }, corruption: { kind: 'gaussian', level, minLevel: level } });
const CASES = {
  'latent-8': { latentSize: 8 },
  'latent-16': { latentSize: 16 },
  'latent-32': { latentSize: 32 },
  'noise-0.3': gaussian(0.3),
  'noise-0.5': gaussian(0.5),
  'blur-1.5': { latentSize: 128, architecture: { kind: 'dense', units: [1024, 512] }, corruption: { kind: 'blur', level: 1.5, minLevel: 1.5 } },
};
/** Of PCA on the same test images: shared/design's floors. Noise: the best of all component counts. */
const PCA = {
  mnist: { 'latent-8': 0.0364, 'latent-16': 0.0254, 'latent-32': 0.0152, 'noise-0.3': 17.6, 'noise-0.5': 15.2 },
  fashion: { 'latent-8': 0.026, 'latent-16': 0.0198, 'latent-32': 0.0145, 'noise-0.3': 16.8, 'noise-0.5': 14.3 },
};

/** Normal noise of a fixed seed (Box and Muller, 1958, over Lehmer's generator), cut to 0..1; another than the training's. */
function withNoise(clean, level) {
  let state = 12345;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return clean.map((value) => Math.min(1, Math.max(0, value + level * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()))));
}

/** The normalized Gaussian that blurs along an axis, as a matrix [SIDE, SIDE]: what lies outside has no weight, as in training. */
function blurMatrix(deviation) {
  const radius = Math.ceil(3 * deviation);
  return Array.from({ length: SIDE }, (_, to) => {
    const weights = Array.from({ length: SIDE }, (_ignored, from) => (Math.abs(to - from) <= radius ? Math.exp(-0.5 * ((to - from) / deviation) ** 2) : 0));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  });
}

/** down * image * across^T, of each image. */
function separable(pixels, down, across = down) {
  const out = new Float32Array(pixels.length);
  const rows = new Float64Array(PIXELS);
  for (let image = 0; image < pixels.length; image += PIXELS) {
    for (let y = 0; y < SIDE; y += 1) {
      for (let x = 0; x < SIDE; x += 1) {
        let sum = 0;
        for (let at = 0; at < SIDE; at += 1) sum += across[x][at] * pixels[image + y * SIDE + at];
        rows[y * SIDE + x] = sum;
      }
    }
    for (let y = 0; y < SIDE; y += 1) {
      for (let x = 0; x < SIDE; x += 1) {
        let sum = 0;
        for (let at = 0; at < SIDE; at += 1) sum += down[y][at] * rows[at * SIDE + x];
        out[image + y * SIDE + x] = sum;
      }
    }
  }
  return out;
}

/**
 * Wiener's filter (1949) in the frequency domain, on images padded to twice their side: conj(H) / (|H|^2 + 1/snr), the ratio of signal to
 * noise chosen as the best for the test images themselves, which favours it.
 */
function wiener(blurred, clean, deviation) {
  const length = 2 * SIDE;
  const kernel = Array.from({ length }, (_, at) => Math.exp(-0.5 * (Math.min(at, length - at) / deviation) ** 2));
  const total = kernel.reduce((a, b) => a + b);
  // The kernel is symmetric: its transform is real, and the filter a product of cosines along both axes.
  const response = Array.from({ length }, (_, frequency) => kernel.reduce((sum, weight, at) => sum + (weight / total) * Math.cos((2 * Math.PI * frequency * at) / length), 0));
  const best = { psnr: -Infinity };
  for (const ratio of [1e1, 1e2, 1e3, 1e4, 1e5, 1e6]) {
    const restored = byFrequency(blurred, length, (a, b) => (response[a] * response[b]) / ((response[a] * response[b]) ** 2 + 1 / ratio));
    const psnr = decibels(meanSquare(restored, clean));
    if (psnr > best.psnr) Object.assign(best, { psnr, ratio });
  }
  return best;
}

/** A filter with a real gain at each pair of frequencies, cut to 0..1. Transforms by matrices of cosines and sines (Hartley's: cas). */
function byFrequency(pixels, length, gain) {
  const { tf } = core;
  const cas = tf().tidy(() => {
    const grid = Float32Array.from({ length: length * length }, (_, at) => {
      const angle = (2 * Math.PI * Math.floor(at / length) * (at % length)) / length;
      return Math.cos(angle) + Math.sin(angle);
    });
    return tf().tensor2d(grid, [length, length]);
  });
  const gains = tf().tensor2d(Float32Array.from({ length: length * length }, (_, at) => gain(Math.floor(at / length), at % length)), [length, length]);
  const out = new Float32Array(pixels.length);
  const CHUNK = 500;
  for (let first = 0; first < pixels.length / PIXELS; first += CHUNK) {
    const part = pixels.subarray(first * PIXELS, (first + CHUNK) * PIXELS);
    const restored = tf().tidy(() => {
      const padded = tf().tensor3d(part, [part.length / PIXELS, SIDE, SIDE]).pad([[0, 0], [0, length - SIDE], [0, length - SIDE]]);
      const both = (x) => tf().matMul(tf().matMul(tf().tile(cas.expandDims(0), [x.shape[0], 1, 1]), x), tf().tile(cas.expandDims(0), [x.shape[0], 1, 1]));
      return both(both(padded).mul(gains)).div(length * length).slice([0, 0, 0], [part.length / PIXELS, SIDE, SIDE]).clipByValue(0, 1).dataSync();
    });
    out.set(restored, first * PIXELS);
  }
  return out;
}

const given = options();
const [name] = given.positionals;
if (!CASES[name]) throw new Error(`received case ${name}, expected one of ${Object.keys(CASES).join(', ')}`);
core.startEngine();
const { train, test } = await images(given);
const { model, seconds } = await trained(CASES[name], train.pixels, given);
const clean = unit(test.pixels);
const { corruption, latentSize } = model.spec;
const spoiled = !corruption ? clean : corruption.kind === 'blur' ? separable(clean, blurMatrix(corruption.level)) : withNoise(clean, corruption.level);
const runner = new core.AutoencoderRunner(model);
const { reconstruction, latent } = runner.run(spoiled);
const mse = meanSquare(reconstruction, clean);
const pca = PCA[given.data]?.[name];
const figures = { case: name, data: given.data, epochs: given.epochs, seed: given.seed, train: given.train, seconds, mse, psnr: decibels(mse) };
if (!corruption) {
  const known = runner.run(unit(train.pixels)).latent;
  const accuracy = core.nearestAccuracy(known, train.labels, latent, test.labels, latentSize);
  Object.assign(figures, { pca, shareOfPca: mse / pca, neighborAccuracy: accuracy });
} else {
  figures.spoiledPsnr = decibels(meanSquare(spoiled, clean));
  if (corruption.kind === 'blur') figures.wiener = wiener(spoiled, clean, corruption.level);
  else Object.assign(figures, { pca, gainOverPca: figures.psnr - pca });
}
finish(figures, given);
