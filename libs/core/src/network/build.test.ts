import { scoped, startEngine, tensorCounts, tf } from '../engine';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy';
import { SMALL_SPEC } from '../testing/data';
import { testAgainstKeras } from '../testing/network-golden';
import { buildNetwork } from './build';
import type { NetworkSpec } from './spec';

/** The network of make_golden.py. */
const SPEC: NetworkSpec = {
  inputShape: [10, 12, 2],
  normalization: { mean: [0.4, 0.6], standardDeviation: [0.3, 0.2] },
  layers: [
    { kind: 'conv2d', filters: 4 },
    { kind: 'batchNormalization' },
    { kind: 'maxPool2d' },
    { kind: 'conv2d', filters: 5, stride: 2, activation: 'elu' },
    { kind: 'conv2d', filters: 6, kernelSize: 2, padding: 'valid', activation: 'leakyRelu' },
    { kind: 'averagePool2d', size: 2, stride: 1 },
    { kind: 'flatten' },
    { kind: 'dense', units: 7, activation: 'tanh' },
    { kind: 'batchNormalization' },
    { kind: 'dense', units: 6, activation: 'sigmoid' },
  ],
  classes: 3,
};

beforeAll(() => {
  startEngine();
});

describe('against Keras', () => {
  // Gradients are sums over all pixels behind a fused batch normalization, which rounds otherwise than Keras' single operations.
  testAgainstKeras(SPEC, 'network.json', { logits: 1e-6, loss: 1e-6, trainingLogits: 2e-6, gradients: 5e-6 });
});

test('equal seeds give equal weights, and others differ', () => {
  const kernels = [7, 7n, 8].map((seed) => {
    const network = buildNetwork(SMALL_SPEC, seed);
    const kernel = network.exportWeights().get('layers.5.kernel')!.data;
    network.dispose();
    return kernel;
  });
  expect(kernels[1]).toEqual(kernels[0]);
  expect(kernels[2]).not.toEqual(kernels[0]);
});

test('initial weights have the variance that He and Glorot ask for', () => {
  const network = buildNetwork({ inputShape: [20, 20, 1], layers: [{ kind: 'flatten' }, { kind: 'dense', units: 500 }, { kind: 'dense', units: 500, activation: 'tanh' }], classes: 2 }, 3);
  const variance = (name: string): number => {
    const { data } = network.exportWeights().get(name)!;
    return Array.from(data).reduce((sum, value) => sum + value * value, 0) / data.length;
  };
  expect(variance('layers.1.kernel') / (2 / 400)).toBeCloseTo(1, 1);
  expect(variance('layers.2.kernel') / (2 / 1000)).toBeCloseTo(1, 1);
  network.dispose();
});

test('an untrained network knows nothing: its first loss is ln(classes)', () => {
  const layers: NetworkSpec['layers'] = [{ kind: 'conv2d', filters: 32 }, { kind: 'conv2d', filters: 64 }, { kind: 'maxPool2d' }, { kind: 'flatten' }, { kind: 'dense', units: 128 }];
  const network = buildNetwork({ inputShape: [28, 28, 1], normalization: { mean: [0.13], standardDeviation: [0.31] }, layers, classes: 10 }, 1);
  scoped(() => {
    // Bright strokes on black, as in handwriting: neighbouring pixels are alike, which makes activations large.
    const strokes = tf().range(0, 28).sub(tf().range(5, 21).reshape([16, 1, 1])).abs().less(3).cast('float32');
    const x = strokes.mul(tf().ones([16, 28, 28])).expandDims(3);
    const { logits } = network.forward(x);
    const labels = tf().range(0, 16, 1, 'int32').mod(tf().scalar(10, 'int32'));
    expect(Math.abs(softmaxCrossEntropy(logits, labels).mean().dataSync()[0]! - Math.log(10))).toBeLessThan(0.1);
  });
  network.dispose();
});

test('dropout keeps 1 - rate, scales, differs by step and repeats for a step', () => {
  const network = buildNetwork({ inputShape: [40, 50, 1], layers: [{ kind: 'flatten' }, { kind: 'dropout', rate: 0.3 }], classes: 2 }, 1);
  const embed = (seed: number, step: number): number[] =>
    scoped(() => {
      const random = { seed, step: tf().scalar(step, 'int32') };
      return [...network.forward(tf().ones([1, 40, 50, 1]), { training: true, random }).embedding.dataSync()];
    });
  const first = embed(5, 10);
  expect(new Set(first)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
  expect(first.filter((value) => value > 0).length / 2000).toBeCloseTo(0.7, 1);
  expect(embed(5, 10)).toEqual(first);
  expect(embed(5, 11)).not.toEqual(first);
  expect(embed(6, 10)).not.toEqual(first);
  network.dispose();
});

test('a network frees all it holds, and a forward pass leaves nothing behind', () => {
  const before = tensorCounts();
  const network = buildNetwork(SMALL_SPEC, 1);
  const held = tensorCounts().api;
  network.predict({ dtype: 'float32', shape: [2, 8, 8, 1], data: new Float32Array(128) });
  expect(tensorCounts().api).toBe(held);
  network.dispose();
  expect(tensorCounts()).toEqual(before);
});

test('refuses weights of another network', () => {
  const network = buildNetwork(SMALL_SPEC, 1);
  const weights = network.exportWeights();
  weights.set('logits.bias', { dtype: 'float32', shape: [4], data: new Float32Array(4) });
  expect(() => network.importWeights(weights)).toThrow('weight logits.bias: received float32 [4], expected float32 [3]; they are of another network');
  weights.delete('logits.bias');
  expect(() => network.importWeights(weights)).toThrow('weight logits.bias: received nothing');
  weights.set('layers.99.kernel', { dtype: 'float32', shape: [1], data: new Float32Array(1) });
  expect(() => network.importWeights(weights)).toThrow('received unknown weights layers.99.kernel');
  network.dispose();
});
