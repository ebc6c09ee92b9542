import { cnn } from '@quartet/contracts';
import { planNetwork, validateNetworkSpec } from '@quartet/core';
import { Violations } from '@quartet/service-kit';
import { defaultSpec } from './default-spec';
import { resolveSpec, toNetworkSpec, type ImageData } from './spec';

const data = (height: number, width = height, channels = 1): ImageData => ({
  shape: [height, width, channels],
  classes: 10,
  mean: Array<number>(channels).fill(0.1),
  standardDeviation: Array<number>(channels).fill(0.3),
});
type Layers = Parameters<typeof cnn.CnnSpec.fromPartial>[0]['layers'];
const spec = (...layers: unknown[]): cnn.CnnSpec => cnn.CnnSpec.fromPartial({ layers: layers.map((layer) => ({ layer })) as Layers });
const layer = ($case: string, value: object = {}) => ({ $case, value });

function resolve(given: cnn.CnnSpec, images = data(28)) {
  const violations = new Violations();
  const resolved = resolveSpec(given, images, violations);
  return { resolved, violations: violations.list };
}

describe('resolveSpec', () => {
  it('fills in the defaults that cnn.proto states', () => {
    const { resolved, violations } = resolve(spec(layer('conv2d', { filters: 8 }), layer('maxPool2d'), layer('flatten'), layer('dense', { units: 4 })));
    expect(violations).toEqual([]);
    expect(toNetworkSpec(resolved, data(28)).layers).toEqual([
      { kind: 'conv2d', filters: 8, kernelSize: 3, stride: 1, padding: 'same', activation: 'relu' },
      { kind: 'maxPool2d', size: 2, stride: 2 },
      { kind: 'flatten' },
      { kind: 'dense', units: 4, activation: 'relu' },
    ]);
  });

  it('carries every kind of layer and every choice over', () => {
    const { resolved, violations } = resolve(
      spec(
        layer('conv2d', { filters: 8, kernelSize: 5, stride: 2, padding: cnn.Padding.PADDING_VALID, activation: cnn.Activation.ACTIVATION_LEAKY_RELU }),
        layer('batchNormalization'),
        layer('averagePool2d', { size: 3, stride: 1 }),
        layer('globalAveragePool'),
        layer('dropout', { rate: 0.5 }),
        layer('dense', { units: 4, activation: cnn.Activation.ACTIVATION_TANH }),
      ),
    );
    expect(violations).toEqual([]);
    expect(toNetworkSpec(resolved, data(28)).layers.map(({ kind }) => kind)).toEqual(['conv2d', 'batchNormalization', 'averagePool2d', 'globalAveragePool', 'dropout', 'dense']);
  });

  it('survives JSON, as which it is kept with its job', () => {
    const { resolved } = resolve(spec(layer('conv2d', { filters: 8, activation: cnn.Activation.ACTIVATION_ELU }), layer('flatten')));
    expect(cnn.CnnSpec.fromJSON(JSON.parse(JSON.stringify(cnn.CnnSpec.toJSON(resolved))))).toEqual(resolved);
  });

  it.each([
    ['no layers', spec(), 'spec.layers'],
    ['an empty layer', spec(undefined), 'spec.layers[0]'],
    ['filters', spec(layer('conv2d', { filters: 0 })), 'spec.layers[0].conv2d.filters'],
    ['a kernel', spec(layer('conv2d', { filters: 1, kernelSize: 32 })), 'spec.layers[0].conv2d.kernel_size'],
    ['an activation', spec(layer('conv2d', { filters: 1, activation: 99 })), 'spec.layers[0].conv2d.activation'],
    ['a padding', spec(layer('conv2d', { filters: 1, padding: 7 })), 'spec.layers[0].conv2d.padding'],
    ['units', spec(layer('flatten'), layer('dense', { units: 70_000 })), 'spec.layers[1].dense.units'],
    ['a rate', spec(layer('dropout', { rate: 0.96 })), 'spec.layers[0].dropout.rate'],
    ['a dense layer on an image', spec(layer('dense', { units: 2 })), 'spec.layers[0].dense'],
    ['a convolution after a flatten', spec(layer('flatten'), layer('conv2d', { filters: 1 })), 'spec.layers[1].conv2d'],
    ['pooling down to nothing', spec(layer('maxPool2d', { size: 20 }), layer('maxPool2d')), 'spec.layers[1].max_pool2d'],
    ['more weights than fit', spec(layer('flatten'), layer('dense', { units: 65_536 }), layer('dense', { units: 65_536 })), 'spec.layers[2].dense'],
  ])('refuses %s by its path', (_, given, field) => {
    const { violations } = resolve(given);
    expect(violations.map((violation) => violation.field)).toEqual([field]);
    expect(violations[0]!.description).toMatch(/received|expected/);
  });
});

describe('defaultSpec', () => {
  it('suits digits', () => {
    const kinds = defaultSpec(data(28)).layers.map((l) => l.layer!.$case);
    expect(kinds.slice(-3)).toEqual(['flatten', 'dense', 'dropout']);
  });

  it.each([[1, 1, 1], [3, 5, 1], [8, 8, 1], [28, 28, 1], [32, 32, 3], [64, 48, 4], [224, 224, 3], [1000, 8, 1], [2048, 2048, 3], [8192, 8192, 4]])(
    'is a network that fits images of %d x %d x %d',
    (height, width, channels) => {
      const images = data(height, width, channels);
      const { resolved, violations } = resolve(defaultSpec(images), images);
      expect(violations).toEqual([]);
      const network = toNetworkSpec(resolved, images);
      validateNetworkSpec(network);
      expect(planNetwork(network).parameters).toBeLessThan(10_000_000);
    },
  );
});
