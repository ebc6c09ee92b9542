import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeModel } from '../artifact/write';
import { scoped, startEngine, tensorCounts, tf, type Tensor } from '../engine';
import { gradientError } from '../testing/finite-differences';
import { points, POINT_SPEC } from '../testing/gan';
import type { HostTensor } from '../tensor/host-tensor';
import { buildGan } from './build';
import { ganFunctions } from './functions';
import { ADVERSARIAL_LOSSES } from './losses';
import { gradientPenalty, r1Penalty } from './penalties';
import { featureNetwork } from './quality/features';
import type { GanSpec } from './spec';
import { GanStep } from './step';

beforeAll(() => {
  startEngine();
});

const IMAGE: GanSpec = { ...POINT_SPEC, exampleShape: [9, 8, 1], architecture: { kind: 'convolutional', filters: [4, 6] }, mode: 'conditional', classes: 3 };
const KINDS: [string, GanSpec][] = [
  ['dense, of a table', { ...POINT_SPEC, columns: { mean: [1, 2], standardDeviation: [3, 4] } }],
  ['dense, of images', { ...IMAGE, architecture: { kind: 'dense', units: [8] } }],
  ['convolutional', { ...IMAGE, augmentation: { shift: 1, flip: true, cutout: 0.5 }, instanceNoise: 0.1 }],
  ['residual', { ...IMAGE, architecture: { kind: 'residual', filters: [4, 6] }, minibatchDeviation: true }],
  ['of sound', { ...IMAGE, exampleShape: [130, 1], mode: 'unconditional', spectralNormalization: true }],
  ['of video', { ...IMAGE, exampleShape: [4, 8, 8, 1], loss: 'hinge' }],
  ['semi-supervised', { ...IMAGE, mode: 'semiSupervised', featureNoise: 0.5, augmentation: { shift: 1, flip: false, cutout: 0, rotation: 12, zoom: 0.1 } }],
  ['semi-supervised, whose generator fools', { ...IMAGE, mode: 'semiSupervised', featureMatching: false }],
  ['conditional, whose generator matches features', { ...IMAGE, featureMatching: true }],
  ['with a critic', { ...IMAGE, loss: 'wasserstein' }],
];

test.each(KINDS)('%s: both players take steps, and everything is freed', (_, spec) => {
  const before = tensorCounts();
  const gan = buildGan(spec, 3);
  const steps = new GanStep({ gan, beta1: 0.5, beta2: 0.9, emaDecay: 0.9, pseudoLabels: 1, clip: {}, seed: 5 });
  const size = spec.exampleShape.reduce((a, b) => a * b, 1);
  const x: HostTensor = { dtype: 'float32', shape: [8, ...spec.exampleShape], data: Float32Array.from({ length: 8 * size }, (_value, at) => (Math.sin(at) + 1) / 2) };
  const batch = { inputs: { x, y: { dtype: 'int32' as const, shape: [8], data: Int32Array.from([0, 1, 2, 0, 1, 2, 0, 1]) } }, count: 8 };
  const weights = () => gan.weights.map(({ variable }) => variable.dataSync().slice());
  const start = weights();
  const labelled = spec.mode === 'semiSupervised' ? batch : undefined;
  const penalty = spec.loss === 'wasserstein' ? { r1: 0, gradientPenalty: 10 } : { r1: 1, gradientPenalty: 0 };
  const d = steps.updateDiscriminator(batch, labelled, { update: 1, learningRate: 0.01 }, penalty);
  const g = steps.updateGenerator(batch, { update: 1, learningRate: 0.01 });
  expect([d.finite, g.finite, d.classLoss !== undefined]).toEqual([true, true, labelled !== undefined]);
  steps.sync();
  const changed = weights().map((values, at) => values.some((value, index) => value !== start[at]![index]));
  const still = gan.weights.filter((_weight, at) => !changed[at]).map(({ name }) => name);
  // The score's own bias moves only what it is added to: nothing, where the generator matches features.
  expect(still.filter((name) => !/bias$/.test(name))).toEqual([]);
  const z: HostTensor = { dtype: 'float32', shape: [4, spec.latentSize], data: Float32Array.from({ length: 4 * spec.latentSize }, (_value, at) => Math.cos(at)) };
  const made = steps.generate(z, { dtype: 'int32', shape: [4], data: Int32Array.of(0, 1, 2, 0) });
  expect(made.shape).toEqual([4, ...spec.exampleShape]);
  if (spec.exampleShape.length > 2) expect(made.data.every((value) => value >= 0 && value <= 1)).toBe(true);
  expect(steps.judge(x, batch.inputs.y).score.data).toHaveLength(8);
  steps.dispose();
  gan.dispose();
  expect([tensorCounts().api, tensorCounts().sessions]).toEqual([before.api, before.sessions]);
});

test('pseudo-labels teach what the discriminator is sure of, and only that', () => {
  const spec: GanSpec = { ...IMAGE, architecture: { kind: 'dense', units: [8] }, mode: 'semiSupervised', instanceNoise: 0.5 };
  const x: HostTensor = { dtype: 'float32', shape: [6, 9, 8, 1], data: Float32Array.from({ length: 6 * 72 }, (_, at) => (Math.sin(at) + 1) / 2) };
  const batch = { inputs: { x, y: { dtype: 'int32' as const, shape: [6], data: Int32Array.of(0, 1, 2, 0, 1, 2) } }, count: 6 };
  const lossOf = (pseudoLabels: number, certainty: number): number => {
    const gan = buildGan(spec, 3);
    const bias = gan.weights.find(({ name }) => name === 'discriminator.classes.bias')!.variable;
    bias.assign(tf().tensor1d([certainty, 0, 0]));
    const steps = new GanStep({ gan, beta1: 0.5, beta2: 0.9, emaDecay: 0.9, pseudoLabels, clip: {}, seed: 5 });
    const { loss } = steps.updateDiscriminator(batch, batch, { update: 1, learningRate: 0.01 }, { r1: 0, gradientPenalty: 0 });
    steps.dispose();
    gan.dispose();
    return loss;
  };
  expect(lossOf(1, 0)).toBe(lossOf(0, 0));
  expect(lossOf(1000, 8)).toBeGreaterThan(lossOf(0, 8));
});

test('the losses are those of their papers', () => {
  scoped(() => {
    const [real, fake] = [[1, -0.5, 2], [0.25, -1, 3]];
    const mean = (values: number[], of: (value: number) => number) => values.reduce((sum, value) => sum + of(value), 0) / values.length;
    const softplus = (value: number) => Math.log(1 + Math.exp(value));
    const expected = {
      nonSaturating: [mean(real, (s) => softplus(-s)) + mean(fake, softplus), mean(fake, (s) => softplus(-s))],
      leastSquares: [(mean(real, (s) => (s - 1) ** 2) + mean(fake, (s) => s ** 2)) / 2, mean(fake, (s) => (s - 1) ** 2) / 2],
      hinge: [mean(real, (s) => Math.max(0, 1 - s)) + mean(fake, (s) => Math.max(0, 1 + s)), -mean(fake, (s) => s)],
      wasserstein: [mean(fake, (s) => s) - mean(real, (s) => s) + 1e-3 * mean(real, (s) => s ** 2), -mean(fake, (s) => s)],
    };
    for (const [name, [d, g]] of Object.entries(expected)) {
      const losses = ADVERSARIAL_LOSSES[name as keyof typeof expected];
      const [r, f] = [tf().tensor1d(real), tf().tensor1d(fake)] as [Tensor, Tensor];
      expect(losses.discriminator(r, f).dataSync()[0]).toBeCloseTo(d!, 5);
      expect(losses.generator(f).dataSync()[0]).toBeCloseTo(g!, 5);
    }
  });
});

test.each([
  ['R1', (gan: ReturnType<typeof buildGan>, real: Tensor) => r1Penalty(gan, real, undefined, { training: true })],
  ['the gradient penalty', (gan: ReturnType<typeof buildGan>, real: Tensor) => gradientPenalty(gan, real, real.mul(-0.5), undefined, { training: true })],
])('%s has the gradient that finite differences have', (_, penaltyOf) => {
  const gan = buildGan({ ...POINT_SPEC, architecture: { kind: 'dense', units: [6] } }, 4);
  scoped(() => {
    const { data } = points(1, 16).inputs.x!;
    const real = tf().tensor2d(data as Float32Array, [16, 2]);
    const kernels = gan.discriminatorWeights.filter(({ name }) => name.endsWith('kernel')).map(({ variable }) => variable);
    const { grads } = tf().variableGrads(() => penaltyOf(gan, real), kernels);
    const start = kernels.map((kernel) => (kernel.dataSync() as Float32Array).slice());
    const value = (moved: Float32Array[]): number => {
      kernels.forEach((kernel, at) => kernel.assign(tf().tensor(moved[at]!, kernel.shape)));
      return penaltyOf(gan, real).dataSync()[0]!;
    };
    expect(gradientError({ value, gradients: kernels.map(({ name }) => grads[name]!.dataSync() as Float32Array) }, start, 1e-3)).toBeLessThan(2e-2);
  });
  gan.dispose();
});

test('an example is generated and judged as it is, whatever its company', () => {
  const gan = buildGan({ ...IMAGE, minibatchDeviation: true }, 3);
  scoped(() => {
    const z = tf().randomNormal([4, 4], 0, 1, 'float32', 1);
    const y = tf().tensor1d([0, 1, 2, 0], 'int32');
    const [all, one] = [gan.generate(z, y), gan.generate(z.slice([2, 0], [1, 4]), y.slice([2], [1]))];
    expect(all.slice([2, 0, 0, 0], [1, 9, 8, 1]).sub(one).abs().max().dataSync()[0]).toBeLessThan(1e-6);
    const [together, alone] = [gan.judge(all, y).score, gan.judge(one, y.slice([2], [1])).score];
    expect(together.dataSync()[2]).toBeCloseTo(alone.dataSync()[0]!, 5);
  });
  gan.dispose();
});

test.each(KINDS)('%s: its artefact computes what it does', async (_, spec) => {
  const folder = await mkdtemp(join(tmpdir(), 'quartet-gan-'));
  const gan = buildGan(spec, 3);
  const classifier = spec.exampleShape.length === 3 ? featureNetwork(spec.exampleShape, 3, 1) : undefined;
  // Compares the exported graph with the model, each function of it.
  const manifest = await writeModel(join(folder, 'model'), { family: 'gan', spec, model: ganFunctions(gan, classifier), metrics: {}, dataDigest: '', seed: 1 });
  expect(Object.keys(manifest.signatures)).toEqual(['serving_default', 'judge', 'explain', 'project', ...(classifier ? ['features'] : [])]);
  classifier?.dispose();
  gan.dispose();
  await rm(folder, { recursive: true });
});
