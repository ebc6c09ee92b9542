import { scoped, startEngine, tf } from '../engine';
import { deriveSeed } from '../random';
import { labelledBatch, type BatchSource } from '../training/batches';
import { Trainer } from '../training/trainer';
import { buildAutoencoder, type Autoencoder } from './build';
import { CODE_VECTORS } from './codebook';
import { importanceBound } from './importance-bound';
import { autoencoderObjective, binarized } from './objective';
import { AutoencoderRunner } from './runner';
import type { AutoencoderSpec } from './spec';
import { watchAutoencoder } from './watch';

// Rows, sequences, codebooks, contraction, and the importance-weighted bound.

const ROWS: AutoencoderSpec = { inputShape: [6], architecture: { kind: 'dense', units: [24] }, latentSize: 2, likelihood: 'gaussian', deviation: 0.5, dropout: 0, sparsity: 0 };
const SEQUENCES: AutoencoderSpec = { ...ROWS, inputShape: [7, 2], architecture: { kind: 'recurrent', cell: 'gru', units: 12, layers: 1 }, latentSize: 4 };

beforeAll(() => {
  startEngine();
});

/** Numbers -1 to 1 from Lehmer's generator. */
function numbers(seed: number): () => number {
  let state = (deriveSeed(seed, 'test') % 2147483646) + 1;
  return () => (state = (state * 48271) % 2147483647) / 1073741824 - 1;
}

/** Rows on a bent surface of two dimensions, with a little noise; the last column has nothing to do with the others. */
function rows(seed: number, count: number): Float32Array {
  const next = numbers(seed);
  const places = Array.from({ length: count }, () => [next(), next()] as const);
  return Float32Array.from(places.flatMap(([a, b]) => [2 * a, 2 * b, 3 * a * b, 2 * a ** 2, 2 * b ** 2, 1.7 * next()]));
}

/** Two sines of a common frequency and phase, of 4 to 7 steps. */
function waves(seed: number, count: number): Float32Array {
  const next = numbers(seed);
  const all = new Float32Array(count * 14).fill(NaN);
  for (let row = 0; row < count; row += 1) {
    const [frequency, phase, steps] = [1 + next() / 2, Math.PI * next(), 4 + (row % 4)];
    for (let step = 0; step < steps; step += 1) all.set([Math.sin(frequency * step + phase), Math.cos(frequency * step + phase)], row * 14 + 2 * step);
  }
  return all;
}

function source(examples: (seed: number, count: number) => Float32Array, shape: number[], batch = 32): BatchSource {
  return { stepsPerEpoch: 40, batch: (epoch, step) => labelledBatch(examples(1 + epoch * 40 + step, batch), [batch, ...shape], new Int32Array(batch)) };
}

async function train(spec: AutoencoderSpec, examples: typeof rows, epochs = 10): Promise<Autoencoder> {
  const model = buildAutoencoder(spec, 3);
  await new Trainer({ objective: autoencoderObjective(model), training: source(examples, spec.inputShape), epochs, learningRate: 0.005, seed: 4 }).train();
  return model;
}

/** Runs and watches on examples that weren't trained on. */
function watch(model: Autoencoder, examples: typeof rows, columns?: string[]) {
  const runner = new AutoencoderRunner(model);
  const report = watchAutoencoder({ spec: model.spec, training: examples(9001, 2000), unseen: examples(9002, 500), reconstruct: (x) => runner.run(x), seed: 1, columns });
  const code = runner.run(examples(9002, 500));
  runner.dispose();
  return { report, ...code };
}

test('rows: columns that belong together come back better than by PCA, and the report names the one that is lost', async () => {
  const model = await train(ROWS, rows);
  const { report } = watch(model, rows, ['a', 'b', 'ab', 'aa', 'bb', 'noise']);
  expect(report.metrics.mse).toBeLessThan(report.metrics.pcaMse * 0.8);
  expect(report.metrics.tilesExplained).toBeUndefined();
  expect(report.finding).toBeUndefined();
  const share = Object.fromEntries(report.lost.map(({ name, error, spread }) => [name, error / spread]));
  expect(Object.keys(share)).toEqual(['a', 'b', 'ab', 'aa', 'bb', 'noise']);
  expect(share['noise']).toBeGreaterThan(0.5);
  expect(share['a']).toBeLessThan(0.4);
  model.dispose();
});

test('rows: one with as many latent units as columns is told that it copies', async () => {
  const model = await train({ ...ROWS, latentSize: 6, architecture: { kind: 'dense', units: [48] } }, rows, 20);
  expect(watch(model, rows).report.finding).toMatchObject({ verdict: 'copies_its_input', evidence: expect.not.stringContaining('tiles') });
  model.dispose();
});

test('a sequence that ends early is read to its end, and what comes after it counts for nothing', async () => {
  const model = buildAutoencoder(SEQUENCES, 3);
  const given = waves(5, 8);
  const other = given.slice();
  const latentOf = (x: Float32Array) => scoped(() => model.encode(tf().tensor(x, [8, 7, 2])).latent.dataSync<'float32'>().slice());
  const loss = (x: Float32Array, weights: number[]) =>
    scoped(() => autoencoderObjective(model).compute({ inputs: { x: tf().tensor(x, [8, 7, 2]) }, exampleWeights: tf().tensor1d(weights), context: { training: false } }).loss.dataSync()[0]!);
  const all = new Array<number>(8).fill(1 / 8);
  const whole = loss(given, all);
  expect(whole).toBeGreaterThan(0);
  // The mean over the numbers that are there, by hand.
  const output = scoped(() => model.decode(model.encode(tf().tensor(given, [8, 7, 2])).latent).dataSync<'float32'>().slice());
  const each = Array.from({ length: 8 }, (_, row) => {
    const there = [...given.subarray(row * 14, row * 14 + 14).keys()].filter((at) => !Number.isNaN(given[row * 14 + at]));
    return there.reduce((sum, at) => sum + (output[row * 14 + at]! - given[row * 14 + at]!) ** 2, 0) / there.length;
  });
  expect(whole).toBeCloseTo(each.reduce((a, b) => a + b) / 8, 5);
  // A longer one with the same beginning has another latent; the same one the same.
  other[4 * 2] = 0.5;
  other[4 * 2 + 1] = 0.5;
  const [first, second] = [latentOf(given), latentOf(other)];
  expect(first.subarray(4)).toEqual(second.subarray(4));
  expect(first.subarray(0, 4)).not.toEqual(second.subarray(0, 4));
  model.dispose();
});

test('a recurrent autoencoder learns sequences of several lengths', async () => {
  const model = await train(SEQUENCES, waves, 12);
  const { report } = watch(model, waves);
  expect(report.metrics.mse).toBeLessThan(report.metrics.meanMse * 0.3);
  expect(Object.values(report.metrics).every((value) => Number.isFinite(value))).toBe(true);
  expect(report.lost).toHaveLength(2);
  model.dispose();
});

test('a codebook: every latent is made of its code vectors, and they are used', async () => {
  const spec: AutoencoderSpec = { ...ROWS, latentSize: 4, codebook: { size: 16, dimension: 2, commitment: 0.25 } };
  const model = await train(spec, rows);
  const { report, latent } = watch(model, rows);
  const vectors = model.weights.find(({ name }) => name === CODE_VECTORS)!.variable.dataSync<'float32'>();
  const used = new Set<number>();
  for (let at = 0; at < latent.length; at += 2) {
    const group = (at / 2) % 2;
    const code = Array.from({ length: 16 }, (_, index) => index).find((index) => latent[at] === vectors[(group * 16 + index) * 2] && latent[at + 1] === vectors[(group * 16 + index) * 2 + 1]);
    expect(code).toBeDefined();
    used.add(group * 16 + code!);
  }
  expect(used.size).toBeGreaterThan(12);
  expect(report.metrics.mse).toBeLessThan(report.metrics.meanMse * 0.6);
  model.dispose();
});

test("the codebook's gradients: the encoder's passes through and is drawn to the vectors, theirs are drawn to it", () => {
  const spec: AutoencoderSpec = { ...ROWS, architecture: { kind: 'dense', units: [] }, latentSize: 2, codebook: { size: 3, dimension: 1, commitment: 0.3 } };
  const model = buildAutoencoder(spec, 5);
  const variable = (name: string) => model.weights.find((weight) => weight.name === name)!.variable;
  const x = tf().tensor2d([[0.3, -0.2, 0.5, 0.1, -0.4, 0.2]]);
  const { value, grads } = tf().variableGrads(() => {
    const { latent, commitment } = model.encode(x);
    return latent.sum().add(commitment!.sum()).asScalar();
  }, [variable('latent.bias'), variable(CODE_VECTORS)]);
  const before = scoped(() => x.matMul(variable('latent.kernel') as never).dataSync<'float32'>().slice());
  const vectors = variable(CODE_VECTORS).dataSync<'float32'>();
  const nearest = [0, 1].map((group) => [0, 1, 2].reduce((best, index) => (Math.abs(vectors[group * 3 + index]! - before[group]!) < Math.abs(vectors[group * 3 + best]! - before[group]!) ? index : best), 0));
  const difference = [0, 1].map((group) => before[group]! - vectors[group * 3 + nearest[group]!]!);
  // The commitment is a mean over the two latent units.
  expect(value.dataSync()[0]).toBeCloseTo(nearest.reduce((sum, index, group) => sum + vectors[group * 3 + index]!, 0) + 1.3 * (difference[0]! ** 2 + difference[1]! ** 2) / 2, 5);
  [...grads['bias' in grads ? 'bias' : Object.keys(grads)[0]!]!.dataSync()].forEach((gradient, group) => expect(gradient).toBeCloseTo(1 + 0.3 * difference[group]!, 5));
  [...grads[Object.keys(grads)[1]!]!.dataSync()].forEach((gradient, at) => expect(gradient).toBeCloseTo(at % 3 === nearest[Math.floor(at / 3)]! ? -difference[Math.floor(at / 3)]! : 0, 5));
  model.dispose();
});

test("contraction costs the squared norm of the encoder's Jacobian in the mean, and makes it smaller", async () => {
  const linear: AutoencoderSpec = { ...ROWS, architecture: { kind: 'dense', units: [] }, contraction: 0.5 };
  const model = buildAutoencoder(linear, 5);
  const x = rows(3, 512);
  const losses = (of: Autoencoder) =>
    scoped(() => autoencoderObjective(of).compute({ inputs: { x: tf().tensor(x, [512, 6]) }, exampleWeights: tf().fill([512], 1 / 512), context: { training: false } }).loss.dataSync()[0]!);
  const without = buildAutoencoder({ ...linear, contraction: 0 }, 5);
  const kernel = model.weights.find(({ name }) => name === 'latent.kernel')!.variable.dataSync<'float32'>();
  const norm = kernel.reduce((sum, value) => sum + value ** 2, 0);
  // 512 directions: within a few percent.
  expect((losses(model) - losses(without)) / (0.5 * norm)).toBeCloseTo(1, 0);
  for (const each of [model, without]) each.dispose();
  const [free, held] = [await train(ROWS, rows, 4), await train({ ...ROWS, contraction: 0.3 }, rows, 4)];
  const spread = (of: Autoencoder) => watch(of, rows).latent.reduce((sum, value) => sum + value ** 2, 0);
  expect(spread(held)).toBeLessThan(spread(free) / 2);
  for (const each of [free, held]) each.dispose();
});

test('black and white images are drawn with the greys as probabilities, anew in each step', () => {
  const drawn = (step: number) => scoped(() => binarized(tf().fill([4, 50, 50, 1], 0.3), 7, step).dataSync<'float32'>().slice());
  const first = drawn(1);
  expect(first.every((value) => value === 0 || value === 1)).toBe(true);
  expect(first.reduce((a, b) => a + b) / first.length).toBeCloseTo(0.3, 1);
  expect(drawn(1)).toEqual(first);
  expect(drawn(2)).not.toEqual(first);
});

test('importance weighting of a linear Gaussian model tends to its exact log likelihood', () => {
  // x = W z + b + noise of deviation 0.5: x is normal with covariance W W^T + 0.25. Any encoder bounds it.
  const spec: AutoencoderSpec = { inputShape: [1], architecture: { kind: 'dense', units: [] }, latentSize: 1, likelihood: 'gaussian', deviation: 0.5, dropout: 0, sparsity: 0, variational: { beta: 1, warmUpSteps: 0, freeBits: 0 } };
  const model = buildAutoencoder(spec, 5);
  const set = (name: string, values: number[]) => {
    const { variable } = model.weights.find((weight) => weight.name === name)!;
    variable.assign(tf().tensor(values, variable.shape));
  };
  set('output.kernel', [0.8]);
  set('output.bias', [0.1]);
  set('latent.kernel', [0.6]);
  set('log_variance.kernel', [0]);
  set('log_variance.bias', [-0.5]);
  const x = Float32Array.of(-1, 0.2, 1.5);
  const variance = 0.8 ** 2 + 0.25;
  const exact = x.reduce((sum, value) => sum + ((value - 0.1) ** 2 / variance + Math.log(2 * Math.PI * variance)) / 2, 0) / 3;
  const { negativeElbo, negativeLogLikelihood } = importanceBound(model, x, 1000, 1);
  expect(negativeLogLikelihood).toBeCloseTo(exact, 2);
  expect(negativeElbo).toBeGreaterThan(exact + 0.01);
  model.dispose();
});
