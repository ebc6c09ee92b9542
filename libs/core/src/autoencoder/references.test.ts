import { scoped, startEngine, tf } from '../engine';
import { golden, largestDifference } from '../testing/golden';
import { corrupt } from './corrupt';
import { describeLatent, nearestAccuracy, nearestPoints } from './latent';
import { fitPca, reconstructByPca } from './pca';
import type { Corruption } from './spec';
import { independentPixels, shuffledTiles, uniformNoise } from './strange-images';

interface Golden {
  pca: { data: number[]; size: number; components: number; rebuilt: number[] };
  latent: { values: number[]; size: number; rank: number; active: number };
  blur: { image: number[]; deviation: number; blurred: number[] };
}

const GOLDEN = golden<Golden>('autoencoder.json');

beforeAll(() => {
  startEngine();
});

test('PCA equals the singular value decomposition of NumPy', () => {
  const { data, size, components, rebuilt } = GOLDEN.pca;
  const examples = Float32Array.from(data);
  const pca = fitPca(examples, size, components);
  expect(pca.count).toBe(components);
  expect(largestDifference(reconstructByPca(pca, examples), rebuilt)).toBeLessThan(1e-3);
});

test('PCA of one example, or of more components than there are, gives back what there is', () => {
  const one = Float32Array.from([0.2, 0.4, 0.9]);
  expect(largestDifference(reconstructByPca(fitPca(one, 3, 2), one), one)).toBeLessThan(1e-5);
  const all = Float32Array.from(GOLDEN.pca.data);
  const pca = fitPca(all, GOLDEN.pca.size, 500);
  expect(pca.count).toBe(GOLDEN.pca.size);
  expect(largestDifference(reconstructByPca(pca, all), all)).toBeLessThan(1e-4);
});

test("the latent's rank and active units equal those of its covariance by NumPy", () => {
  const { values, size, rank, active } = GOLDEN.latent;
  const described = describeLatent(Float32Array.from(values), size);
  expect(described.rank).toBeCloseTo(rank, 3);
  expect(described.activeUnits).toBe(active);
});

test('neighbours come nearest first, with their distances', () => {
  const points = Float32Array.from([0, 0, 3, 4, 1, 0, 0, 1]);
  const { indices, distances } = nearestPoints(points, Float32Array.from([0, 0, 3, 3]), 2, 3);
  expect([...indices]).toEqual([0, 2, 3, 1, 2, 3]);
  expect(largestDifference(distances, [0, 1, 1, 1, Math.sqrt(13), Math.sqrt(13)])).toBeLessThan(1e-3);
  expect(nearestAccuracy(points, [0, 1, 0, 0], Float32Array.from([0, 0, 3, 3]), [0, 1], 2, 1)).toBe(1);
  expect(nearestAccuracy(points, [0, 1, 0, 0], Float32Array.from([0, 0, 3, 3]), [0, 1], 2, 3)).toBe(0.5);
});

describe('corruption', () => {
  const shape = [16, 8, 8, 3];
  const size = shape.reduce((a, b) => a * b, 1);
  const spoiled = (corruption: Corruption, step = 3, value = 0.5) => scoped(() => corrupt(tf().fill(shape, value), corruption, 7, step).dataSync<'float32'>().slice());
  const share = (of: Float32Array, test: (value: number) => boolean) => of.filter(test).length / size;

  test('is a function of seed and step', () => {
    const gaussian: Corruption = { kind: 'gaussian', level: 0.1, minLevel: 0.1 };
    expect(spoiled(gaussian)).toEqual(spoiled(gaussian));
    expect(spoiled(gaussian)).not.toEqual(spoiled(gaussian, 4));
  });

  test('Gaussian noise has its deviation and stays within 0..1', () => {
    const deviation = (of: Float32Array) => Math.sqrt(of.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / size);
    expect(deviation(spoiled({ kind: 'gaussian', level: 0.1, minLevel: 0.1 }))).toBeCloseTo(0.1, 2);
    expect(spoiled({ kind: 'gaussian', level: 3, minLevel: 3 }).every((value) => value >= 0 && value <= 1)).toBe(true);
    const levels = [0, 1, 2, 3, 4, 5].map((step) => deviation(spoiled({ kind: 'gaussian', level: 0.15, minLevel: 0.05 }, step)));
    expect(Math.min(...levels)).toBeGreaterThan(0.045);
    expect(Math.max(...levels)).toBeLessThan(0.155);
    expect(Math.max(...levels) - Math.min(...levels)).toBeGreaterThan(0.02);
  });

  test('salt and pepper are as many as the level says, half of them white', () => {
    const of = spoiled({ kind: 'saltAndPepper', level: 0.4, minLevel: 0.4 });
    expect(share(of, (value) => value === 0)).toBeCloseTo(0.2, 1);
    expect(share(of, (value) => value === 1)).toBeCloseTo(0.2, 1);
    expect(share(of, (value) => value === 0.5)).toBeCloseTo(0.6, 1);
  });

  test('masking blackens as many as the level says', () => {
    const of = spoiled({ kind: 'masking', level: 0.3, minLevel: 0.3 });
    expect(share(of, (value) => value === 0)).toBeCloseTo(0.3, 1);
    expect(share(of, (value) => value === 0.5)).toBeCloseTo(0.7, 1);
  });

  test('blur equals a normalized Gaussian by NumPy, each channel by itself', () => {
    const { image, deviation, blurred } = GOLDEN.blur;
    const corruption: Corruption = { kind: 'blur', level: deviation, minLevel: deviation };
    const one = scoped(() => corrupt(tf().tensor(image, [1, 9, 7, 1]), corruption, 1, 0).dataSync<'float32'>().slice());
    expect(largestDifference(one, blurred)).toBeLessThan(1e-5);
    const two = scoped(() => {
      const x = tf().tensor(image, [1, 9, 7, 1]);
      return corrupt(tf().concat([x, x.mul(0.5)], 3), corruption, 1, 0).dataSync<'float32'>().slice();
    });
    expect(largestDifference(two, blurred.flatMap((value) => [value, value / 2]))).toBeLessThan(1e-5);
  });
});

describe('strange images', () => {
  const images = Float32Array.from({ length: 50 * 64 }, (_, at) => (at % 64) / 64 + Math.floor(at / 64) / 1e4);

  test('independent pixels keep the values of each pixel', () => {
    const mixed = independentPixels(images, 64, 1);
    mixed.forEach((value, at) => expect(Math.floor(value * 64 + 1e-3)).toBe(at % 64));
    expect(mixed).not.toEqual(images);
    expect(independentPixels(images, 64, 1)).toEqual(mixed);
  });

  test('shuffled tiles hold the same pixels in other places', () => {
    const shuffled = shuffledTiles(images, [8, 8, 1], 1);
    for (let image = 0; image < images.length; image += 64) {
      expect(shuffled.slice(image, image + 64).sort()).toEqual(images.slice(image, image + 64).sort());
    }
    expect(shuffled.filter((value, at) => value !== images[at]).length / images.length).toBeGreaterThan(0.8);
  });

  test('uniform noise is uniform', () => {
    const noise = uniformNoise(20_000, 1);
    expect(noise.reduce((a, b) => a + b, 0) / noise.length).toBeCloseTo(0.5, 1);
    expect(noise.every((value) => value >= 0 && value < 1)).toBe(true);
  });
});
