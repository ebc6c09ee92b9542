import { startEngine, tensorCounts } from '../engine';
import { conv2d } from '../layers/convolution';
import { dense } from '../layers/dense';
import type { Layer } from '../layers/layer';
import { Parameters } from '../layers/parameters';
import { globalAveragePool } from '../layers/pool';
import { residual, sequential } from '../layers/sequential';
import { Network } from '../network/network';
import { planNetwork } from '../network/plan';
import type { NetworkSpec } from '../network/spec';
import type { HostTensor } from '../tensor/host-tensor';
import { golden, largestDifference } from '../testing/golden';
import { Explainer } from './explainer';

interface Golden {
  classes: number[];
  maps: Record<string, number[]>;
  slopes: Record<string, { channel: number; value: number[]; slope: number[] }>;
  activations: Record<string, number[]>;
}

/** The network of make_golden.py, which make_explain_golden.py looks into. */
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

describe('a network with a block within', () => {
  // x + conv(x), then the mean over the image and a dense layer: there Grad-CAM is CAM, whose weights are those of the dense layer (Zhou et al., 2016).
  const spec: NetworkSpec = { inputShape: [6, 5, 3], layers: [{ kind: 'globalAveragePool' }], classes: 2 };
  const images: HostTensor = { dtype: 'float32', shape: [1, 6, 5, 3], data: Float32Array.from({ length: 90 }, (_, at) => ((at * 29) % 31) / 31) };
  const telling = (name: string, rectified = false): Layer => (output, { observe }) => {
    observe?.({ name, output, rectified });
    return output;
  };

  test('is seen, block and what is in it', () => {
    startEngine();
    const parameters = new Parameters(3);
    const inner = sequential(conv2d(parameters.scope('layers.0.inner'), 3, 3, { activation: 'relu' }), telling('layers.0.inner'));
    const hidden = [residual(inner), telling('layers.0'), globalAveragePool()];
    const explainer = new Explainer(new Network(spec, planNetwork(spec), parameters.all, hidden, sequential(dense(parameters.scope('logits'), 3, 2), telling('logits'))));
    expect(explainer.layers.map(({ name, shape }) => `${name} ${shape.join('x')}`)).toEqual(['layers.0.inner 6x5x3', 'layers.0 6x5x3', 'logits 2']);
    const kernel = parameters.all.find(({ name }) => name === 'logits.kernel')!.variable.dataSync();
    for (const layer of ['layers.0.inner', 'layers.0']) {
      const { data } = explainer.activations(images, layer);
      const expected = [0, 1].map((of) => Float32Array.from({ length: 30 }, (_, place) => Math.max(0, [0, 1, 2].reduce((sum, channel) => sum + (kernel[channel * 2 + of]! / 30) * data[place * 3 + channel]!, 0))));
      expect(Math.max(...expected.flatMap((map) => [...map]))).toBeGreaterThan(0);
      for (const [of, map] of expected.entries()) expect(largestDifference(explainer.gradCam(images, [of], layer).data, map)).toBeLessThan(1e-6);
    }
    explainer.dispose();
  });
});

describe('a look into a network, against Keras', () => {
  const expected = golden<Golden>('explain.json');
  const network = golden<{ x: number[]; weights: Record<string, { shape: number[]; data: number[] }> }>('network.json');
  const images = (): HostTensor => ({ dtype: 'float32', shape: [4, 10, 12, 2], data: Float32Array.from(network.x) });
  let explainer: Explainer;

  beforeAll(() => {
    startEngine();
    const weights = Object.entries(network.weights).map(([name, { shape, data }]): [string, HostTensor] => [name, { dtype: 'float32', shape, data: Float32Array.from(data) }]);
    explainer = Explainer.of(SPEC, new Map(weights));
  });
  afterAll(() => explainer.dispose());

  test('the layers, by the names of their weights', () => {
    expect(explainer.layers.map(({ name, kind, shape }) => [name, kind, shape.join('x')])).toEqual([
      ['layers.0', 'conv2d', '10x12x4'],
      ['layers.1', 'batchNormalization', '10x12x4'],
      ['layers.2', 'maxPool2d', '5x6x4'],
      ['layers.3', 'conv2d', '3x3x5'],
      ['layers.4', 'conv2d', '2x2x6'],
      ['layers.5', 'averagePool2d', '1x1x6'],
      ['layers.6', 'flatten', '6'],
      ['layers.7', 'dense', '7'],
      ['layers.8', 'batchNormalization', '7'],
      ['layers.9', 'dense', '6'],
      ['logits', 'dense', '3'],
    ]);
  });

  test.each(Object.keys(expected.maps))('Grad-CAM at %s', (layer) => {
    const map = explainer.gradCam(images(), expected.classes, layer);
    expect(map.shape).toEqual([4, 10, 12]);
    const size = Math.max(...expected.maps[layer]!);
    expect(size).toBeGreaterThan(0);
    expect(largestDifference(map.data, expected.maps[layer]!) / Math.min(1, size)).toBeLessThan(1e-5);
  });

  test.each(Object.keys(expected.slopes))('activations and slopes at %s', (layer) => {
    const { channel, value, slope } = expected.slopes[layer]!;
    expect(largestDifference(explainer.activations(images(), layer).data, expected.activations[layer]!)).toBeLessThan(1e-5);
    const found = explainer.slope(images(), [channel, channel, channel, channel], layer);
    expect(largestDifference(found.value.data, value)).toBeLessThan(1e-5);
    const size = Math.max(...slope.map(Math.abs));
    expect(largestDifference(found.slope.data, slope) / Math.min(1, size)).toBeLessThan(1e-5);
  });

  test('means over the image, in as many runs as it takes', () => {
    const many: HostTensor = { dtype: 'float32', shape: [40, 10, 12, 2], data: Float32Array.from({ length: 40 * 240 }, (_, at) => network.x[at % 960]!) };
    const means = explainer.activations(many, 'layers.3', true);
    const all = explainer.activations(many, 'layers.3');
    expect(means.shape).toEqual([40, 5]);
    const byHand = Float32Array.from({ length: 200 }, (_, at) => {
      const [row, channel] = [Math.floor(at / 5), at % 5];
      return Array.from({ length: 9 }, (_unused, place) => all.data[row * 45 + place * 5 + channel]!).reduce((a, b) => a + b, 0) / 9;
    });
    expect(largestDifference(means.data, byHand)).toBeLessThan(1e-6);
  });

  test('what is asked of no layer, or of one without extent', () => {
    expect(() => explainer.activations(images(), 'layers.10')).toThrow('layer: received layers.10, expected one of layers.0, layers.1');
    expect(() => explainer.gradCam(images(), [0, 0, 0, 0], 'layers.7')).toThrow('layer: layers.7 gives [7] for an image, without spatial extent');
    expect(() => explainer.gradCam(images(), [0, 0, 0, 0], 'layers.5')).toThrow('layers.5 gives [1, 1, 6] for an image, without spatial extent');
  });

  test('leaves nothing behind', () => {
    const before = tensorCounts();
    const weights = new Map(Object.entries(network.weights).map(([name, { shape, data }]): [string, HostTensor] => [name, { dtype: 'float32', shape, data: Float32Array.from(data) }]));
    for (let round = 0; round < 2; round += 1) {
      const other = Explainer.of(SPEC, weights);
      other.gradCam(images(), expected.classes, 'layers.3');
      other.slope(images(), [0, 1, 2, 0], 'logits');
      other.activations(images(), 'layers.0');
      other.dispose();
    }
    expect(tensorCounts()).toEqual(before);
  });
});
