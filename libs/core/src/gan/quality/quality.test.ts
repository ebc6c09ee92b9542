import { startEngine } from '../../engine';
import { normalNumbers } from '../../decoding/random';
import { frechetDistance } from './frechet';
import { kernelDistance } from './kernel-distance';
import { compareManifolds } from './manifold';
import { soundFeatures, videoFeatures } from './signal-features';

beforeAll(() => {
  startEngine();
});

/** [count, 3] normal numbers of these deviations around a mean. */
function cloud(seed: number, count: number, mean = 0, deviations = [1, 1, 1]): Float32Array {
  const normal = normalNumbers(seed);
  return Float32Array.from({ length: count * 3 }, (_, at) => mean + normal() * deviations[at % 3]!);
}

/** Points whose mean and covariance are exact: each axis at plus and minus sqrt(3) times its deviation, n - 1 for n. */
function exact(mean: number[], deviations: number[]): Float32Array {
  const reach = Math.sqrt((3 * 5) / 6);
  return Float32Array.from([0, 1, 2].flatMap((axis) => [1, -1].flatMap((sign) => [0, 1, 2].map((of) => mean[of]! + (of === axis ? sign * reach * deviations[of]! : 0)))));
}

test('the Fréchet distance of Gaussians along the axes is the sum of squared differences of means and deviations', () => {
  const distance = frechetDistance(exact([0, 1, 2], [1, 2, 3]), exact([1, 1, 0], [2, 2, 1]), 3);
  expect(distance).toBeCloseTo(1 + 4 + 1 + 0 + 4, 3);
  expect(frechetDistance(exact([0, 1, 2], [1, 2, 3]), exact([0, 1, 2], [1, 2, 3]), 3)).toBeCloseTo(0, 3);
});

test('the kernel distance is the unbiased estimate, by its definition', () => {
  const [a, b] = [cloud(1, 6), cloud(2, 5, 0.5)];
  const row = (of: Float32Array, at: number): Float32Array => of.subarray(3 * at, 3 * at + 3);
  const kernel = (x: Float32Array, y: Float32Array): number => (x.reduce((sum, value, at) => sum + value * y[at]!, 0) / 3 + 1) ** 3;
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < 6; i += 1) for (let j = 0; j < 6; j += 1) if (i !== j) aa += kernel(row(a, i), row(a, j)) / 30;
  for (let i = 0; i < 5; i += 1) for (let j = 0; j < 5; j += 1) if (i !== j) bb += kernel(row(b, i), row(b, j)) / 20;
  for (let i = 0; i < 6; i += 1) for (let j = 0; j < 5; j += 1) ab += kernel(row(a, i), row(b, j)) / 30;
  expect(kernelDistance(a, b, 3)).toBeCloseTo(aa + bb - 2 * ab, 4);
  expect(Math.abs(kernelDistance(cloud(3, 800), cloud(4, 800), 3))).toBeLessThan(0.05);
});

test('precision and recall tell too little from too much variety', () => {
  const real = cloud(1, 500);
  const alike = compareManifolds(real, cloud(2, 500), 3);
  for (const value of Object.values(alike)) expect(value).toBeGreaterThan(0.85);
  const narrow = compareManifolds(real, cloud(2, 500, 0, [0.1, 0.1, 0.1]), 3);
  expect(narrow.precision).toBeGreaterThan(0.95);
  expect(narrow.recall).toBeLessThan(0.1);
  expect(narrow.coverage).toBeLessThan(0.2);
  const wide = compareManifolds(real, cloud(2, 500, 0, [5, 5, 5]), 3);
  expect(wide.precision).toBeLessThan(0.5);
  const elsewhere = compareManifolds(real, cloud(2, 500, 20), 3);
  expect(elsewhere).toEqual({ precision: 0, recall: 0, density: 0, coverage: 0 });
});

test('sounds are told apart by their spectrum, not by their phase', () => {
  const tone = (hertz: number, phase: number): Float32Array => Float32Array.from({ length: 2000 }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hertz * at) / 8000 + phase));
  const extractor = soundFeatures(2000, 8000);
  const { features } = extractor.run({ dtype: 'float32', shape: [3, 2000, 1], data: Float32Array.from([tone(500, 0), tone(500, 2), tone(1500, 0)].flatMap((each) => [...each])) });
  const of = (row: number): number[] => [...features.subarray(row * extractor.size, (row + 1) * extractor.size)];
  const apart = (a: number[], b: number[]): number => Math.sqrt(a.reduce((sum, value, at) => sum + (value - b[at]!) ** 2, 0));
  expect(apart(of(0), of(2))).toBeGreaterThan(20 * apart(of(0), of(1)));
});

test('videos are told apart by their frames and by their motion', () => {
  const extractor = videoFeatures([2, 8, 8, 1]);
  const video = (first: number, second: number): number[] => Array.from({ length: 128 }, (_, at) => (at === first || at === 64 + second ? 1 : 0));
  const { features } = extractor.run({ dtype: 'float32', shape: [2, 2, 8, 8, 1], data: Float32Array.from([...video(0, 0), ...video(0, 7)]) });
  expect([...features.subarray(0, 8)]).toEqual([1 / 16, 0, 0, 0, 0, 0, 0, 0]);
  expect([...features.subarray(8)]).toEqual([1 / 32, 1 / 32, 0, 0, 1 / 16, 1 / 16, 0, 0]);
});
