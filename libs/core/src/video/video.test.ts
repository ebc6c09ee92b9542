import { exportModel } from '../artifact/export-model';
import { Program } from '../capture/program';
import { scoped, startEngine, tensorCounts, tf, type Tensor } from '../engine';
import { maxPool3d } from '../ops/pool-3d';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy';
import { assignHost, toHost, toTensor } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
import { gradientError } from '../testing/finite-differences';
import { golden, largestDifference } from '../testing/golden';
import { Trainer } from '../training/trainer';
import { checkVideoModel, isVideoManifest, videoFunctions } from './artifact';
import { buildVideoNetwork } from './build';
import { videoObjective } from './objective';
import { planVideo } from './plan';
import type { VideoNetwork } from './network';
import type { VideoArchitecture, VideoSpec } from './spec';
import { movingBars } from '../testing/clips';

interface Golden {
  x: number[];
  y: number[];
  weights: Record<string, { shape: number[]; data: number[] }>;
  logits: number[];
  loss: number;
  trainingLogits: number[];
  gradients: Record<string, number[]>;
}

const SHAPE = [6, 9, 8, 2];
const ARCHITECTURES: Record<string, VideoArchitecture> = {
  conv3d: { kind: 'conv3d', filters: [4, 5], batchNormalization: true, dropout: 0 },
  frames: { kind: 'frames', filters: [4, 5], motion: true, temporalLayers: 1, batchNormalization: false, dropout: 0 },
};
const specOf = (architecture: VideoArchitecture): VideoSpec => ({ inputShape: SHAPE, normalization: { mean: [0.4, 0.6], standardDeviation: [0.3, 0.2] }, architecture, classes: 3 });

beforeAll(() => {
  startEngine();
});

describe.each(Object.entries(ARCHITECTURES))('%s', (name, architecture) => {
  const expected = golden<Record<string, Golden>>('video.json')[name]!;
  const x: HostTensor = { dtype: 'float32', shape: [3, ...SHAPE], data: Float32Array.from(expected.x) };
  let network: VideoNetwork;
  beforeEach(() => {
    network = buildVideoNetwork(specOf(architecture), 1);
    expect(network.weights.map((weight) => weight.name).sort()).toEqual(Object.keys(expected.weights).sort());
    for (const { name: weight, variable } of network.weights) {
      const { shape, data } = expected.weights[weight]!;
      expect([weight, variable.shape]).toEqual([weight, shape]);
      assignHost(variable, { dtype: 'float32', shape, data: Float32Array.from(data) });
    }
  });
  afterEach(() => network.dispose());

  /** Logits, loss and the gradients by all that is trained. */
  const pass = (input: Tensor): Record<string, Tensor> => {
    const y = tf().tensor1d(expected.y, 'int32');
    const random = { seed: 1, step: tf().scalar(0, 'int32') };
    const loss = () => softmaxCrossEntropy(network.forward(input, { training: true, random }).logits, y).mean();
    const weights = network.weights.filter(({ trainable }) => trainable);
    const { value, grads } = tf().variableGrads(loss as () => ReturnType<typeof loss> & { rank: 0 } as never, weights.map(({ variable }) => variable));
    return { loss: value, ...Object.fromEntries(weights.map(({ name: weight, variable }) => [weight, grads[variable.name]!])) };
  };

  test('the forward pass is that of Keras', () => {
    const { logits, embedding } = scoped(() => {
      const result = network.forward(toTensor(x));
      return { logits: toHost(result.logits), embedding: toHost(result.embedding) };
    });
    expect(largestDifference(logits.data, expected.logits)).toBeLessThan(2e-6);
    expect(embedding.shape).toEqual([3, network.plan.embeddingSize]);
  });

  test('loss and all gradients of the training pass are those of Keras', () => {
    const found = scoped(() => Object.fromEntries(Object.entries(pass(toTensor(x))).map(([key, tensor]) => [key, toHost(tensor)])));
    expect(largestDifference(found['loss']!.data, [expected.loss])).toBeLessThan(2e-6);
    for (const [key, gradient] of Object.entries(expected.gradients)) {
      // Sums over all pixels of all frames.
      expect([key, largestDifference(found[key]!.data, gradient) < 1e-5]).toEqual([key, true]);
    }
  });

  test('a captured pass equals an eager one', () => {
    const eager = scoped(() => Object.fromEntries(Object.entries(pass(toTensor(x))).map(([key, tensor]) => [key, toHost(tensor)])));
    const program = new Program(network.weights);
    const names = Object.keys(eager);
    program.step('pass', (inputs: Record<'x', Tensor>) => ({ outputs: pass(inputs.x) })).run({ x }, names).forEach(({ data }, index) => {
      // TensorFlow fuses and orders sums otherwise: of the largest value.
      const [equal, size] = [eager[names[index]!]!.data, Math.max(1, ...Array.from(data, Math.abs))];
      expect([names[index], largestDifference(data.map((value) => value / size), equal.map((value) => value / size)) < 1e-5]).toEqual([names[index], true]);
    });
    program.dispose();
  });

  test('exports as a model of any batch size', () => {
    const { signatures } = exportModel(videoFunctions(network));
    expect(signatures['serving_default']).toEqual({
      inputs: { clips: { dtype: 'float32', shape: [-1, ...SHAPE] } },
      outputs: { logits: { dtype: 'float32', shape: [-1, 3] }, embedding: { dtype: 'float32', shape: [-1, 5] }, probabilities: { dtype: 'float32', shape: [-1, 3] } },
    });
  });

  test('has as many parameters as planned, and leaves nothing behind', () => {
    const count = network.weights.reduce((sum, { variable }) => sum + variable.size, 0);
    expect(network.parameterCount).toBe(count);
    scoped(() => void pass(toTensor(x)));
    const before = tensorCounts();
    scoped(() => void pass(toTensor(x)));
    expect(tensorCounts()).toEqual(before);
  });
});

test.each([
  ['conv3d', { kind: 'conv3d', filters: [8, 16], batchNormalization: false, dropout: 0.1 }],
  ['frames', { kind: 'frames', filters: [8, 16], motion: true, temporalLayers: 0, batchNormalization: false, dropout: 0.1 }],
] as [string, VideoArchitecture][])('%s learns which way a bar moves, which no frame shows; a resumed training equals one never interrupted', async (_, architecture) => {
  const spec: VideoSpec = { inputShape: [4, 8, 8, 1], architecture, classes: 2 };
  const trained = async (stopAt?: number): Promise<{ accuracy: number; weights: number[][] }> => {
    let network = buildVideoNetwork(spec, 3);
    const make = () => new Trainer({ objective: videoObjective(network), training: movingBars(5, 20, 16), epochs: 6, seed: 3, learningRate: 0.01, optimizer: 'adam', schedule: 'constant' });
    let trainer = make();
    if (stopAt !== undefined) {
      const stop = new AbortController();
      const stopping = new Trainer({ objective: videoObjective(network), training: movingBars(5, 20, 16), epochs: 6, seed: 3, learningRate: 0.01, optimizer: 'adam', schedule: 'constant', progressEveryMs: 0, onEvent: (event) => void (event.type === 'progress' && event.step >= stopAt && stop.abort()) });
      await stopping.train(stop.signal);
      const checkpoint = stopping.saveCheckpoint();
      for (const each of [trainer, stopping, network]) each.dispose();
      network = buildVideoNetwork(spec, 3);
      trainer = make();
      trainer.resumeFrom(checkpoint);
    }
    const { history } = await trainer.train();
    trainer.dispose();
    const weights = network.weights.map(({ variable }) => Array.from(variable.dataSync()));
    network.dispose();
    return { accuracy: history.at(-1)!.metrics['accuracy']!, weights };
  };
  const whole = await trained();
  expect(whole.accuracy).toBeGreaterThan(0.95);
  expect((await trained(50)).weights).toEqual(whole.weights);
});

test('without motion, a mean over frames cannot know which way a bar moves', async () => {
  const network = buildVideoNetwork({ inputShape: [4, 8, 8, 1], architecture: { kind: 'frames', filters: [8, 16], motion: false, temporalLayers: 0, batchNormalization: false, dropout: 0 }, classes: 2 }, 3);
  const trainer = new Trainer({ objective: videoObjective(network), training: movingBars(5, 20, 16), epochs: 6, seed: 3, learningRate: 0.01, optimizer: 'adam', schedule: 'constant' });
  const { history } = await trainer.train();
  expect(history.at(-1)!.metrics['accuracy']).toBeLessThan(0.7);
  trainer.dispose();
  network.dispose();
});

test('pooling over time and place: values, gradients and second derivatives', () => {
  const options = { time: 2, space: 2 };
  const shape = [2, 4, 4, 4, 2];
  // No two alike: where the largest changes, there is no derivative.
  const data = Float32Array.from({ length: 256 }, (_, index) => ((index * 97) % 256) / 64 + 0.1);
  const slope = Float32Array.from({ length: 32 }, (_, index) => Math.cos(index));
  const forward = (x: Tensor) => maxPool3d(x, options).mul(tf().tensor(slope, [2, 2, 2, 2, 2])).sum();
  const at = (values: Float32Array, of: (x: Tensor) => Tensor): Float32Array => scoped(() => of(tf().tensor(values, shape)).dataSync() as Float32Array);
  const pooled = at(data, (x) => maxPool3d(x, options));
  const value = (index: number[]) => data[index.reduce((sum, each, axis) => sum * shape[axis]! + each, 0)]!;
  const window = [0, 1].flatMap((t) => [2, 3].flatMap((row) => [0, 1].map((column) => value([1, t, row, column, 1]))));
  expect(pooled[((((1 * 2 + 0) * 2 + 1) * 2 + 0) * 2) + 1]).toBe(Math.max(...window));
  const gradients = [at(data, (x) => tf().grad(forward)(x))];
  expect(gradientError({ value: ([x]) => at(x!, forward)[0]!, gradients }, [data], 1e-3)).toBeLessThan(1e-2);
  // Of a squared gradient, as in a gradient penalty: through the product with x it isn't zero.
  const penalty = (x: Tensor) => tf().grad((given) => maxPool3d(given.square(), options).sum())(x).square().sum();
  const second = [at(data, (x) => tf().grad(penalty)(x))];
  expect(gradientError({ value: ([x]) => at(x!, penalty)[0]!, gradients: second }, [data], 1e-3)).toBeLessThan(2e-2);
});

describe('a spec', () => {
  const good: VideoSpec = { inputShape: [8, 32, 32, 1], architecture: { kind: 'conv3d', filters: [16, 32], batchNormalization: false, dropout: 0.2 }, classes: 8 };

  test('is followed through its shapes', () => {
    expect(planVideo(good).blocks.map(({ outputShape }) => outputShape)).toEqual([[8, 16, 16, 16], [4, 8, 8, 32]]);
    const small = planVideo({ ...good, inputShape: [1, 2, 1, 1] });
    expect(small.blocks.map(({ outputShape }) => outputShape)).toEqual([[1, 2, 1, 16], [1, 2, 1, 32]]);
  });

  test.each<[string, VideoSpec, string, RegExp]>([
    ['a shape of an image', { ...good, inputShape: [28, 28, 1] }, 'spec.inputShape', /received \[28, 28, 1\], expected \[frames, height, width, channels\]/],
    ['one class', { ...good, classes: 1 }, 'spec.classes', /is 1, expected 2 to 65536/],
    ['no architecture', { ...good, architecture: undefined as never }, 'spec.architecture.kind', /received undefined, expected conv3d or frames/],
    ['no block', { ...good, architecture: { ...good.architecture, filters: [] } }, 'spec.architecture.filters', /has 0 blocks, expected 1 to 8/],
    ['no filter', { ...good, architecture: { ...good.architecture, filters: [8, 0] } }, 'spec.architecture.filters[1]', /is 0, expected a whole number from 1 to 1024/],
    ['too much dropout', { ...good, architecture: { ...good.architecture, dropout: 1 } }, 'spec.architecture.dropout', /is 1, expected 0 to 0.95/],
    ['too many layers over time', { ...good, architecture: { kind: 'frames', filters: [8], motion: true, temporalLayers: 9, batchNormalization: false, dropout: 0 } }, 'spec.architecture.temporalLayers', /is 9/],
    ['activations beyond memory', { ...good, inputShape: [512, 1024, 1024, 3] }, 'spec.architecture.filters[0]', /numbers of one clip, expected at most 64000000; take fewer frames/],
  ])('with %s is refused, naming the field', (_, spec, field, text) => {
    const refused = expect.objectContaining({ violations: [{ field, description: expect.stringMatching(text) as string }] }) as Error;
    expect(() => planVideo(spec)).toThrow(refused);
  });

  test('of an artefact is told from one of images, and checked', () => {
    const manifest = (spec: unknown) => ({ spec, classNames: Array.from({ length: 8 }, String) }) as unknown as Parameters<typeof isVideoManifest>[0];
    expect(isVideoManifest(manifest(good))).toBe(true);
    expect(isVideoManifest(manifest({ inputShape: [28, 28, 1], layers: [], classes: 8 }))).toBe(false);
    expect(() => checkVideoModel(manifest({ ...good, classes: 9 }))).toThrow('it has no name for each of 9 classes');
    expect(() => checkVideoModel(manifest({ ...good, classes: 0 }))).toThrow('its network is not valid');
  });
});
