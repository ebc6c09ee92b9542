import { planNetwork } from './plan';
import type { LayerSpec, NetworkSpec } from './spec';
import { validateNetworkSpec } from './validate';

const spec = (layers: LayerSpec[], change: Partial<NetworkSpec> = {}): NetworkSpec => ({ inputShape: [28, 28, 1], layers, classes: 10, ...change });

test('follows shapes and counts parameters', () => {
  const plan = planNetwork(
    spec([{ kind: 'conv2d', filters: 16 }, { kind: 'batchNormalization' }, { kind: 'maxPool2d' }, { kind: 'conv2d', filters: 8, kernelSize: 5, stride: 2, padding: 'valid' }, { kind: 'dropout', rate: 0.5 }, { kind: 'flatten' }, { kind: 'dense', units: 32 }]),
  );
  expect(plan.layers.map(({ outputShape }) => outputShape)).toEqual([[28, 28, 16], [28, 28, 16], [14, 14, 16], [5, 5, 8], [5, 5, 8], [200], [32]]);
  expect(plan.layers.map(({ parameters }) => parameters)).toEqual([160, 64, 0, 3208, 0, 0, 6432]);
  expect(plan).toMatchObject({ embeddingSize: 32, parameters: 160 + 64 + 3208 + 6432 + 330 });
});

test.each([
  ['a pool that leaves nothing', spec([...new Array<LayerSpec>(5).fill({ kind: 'maxPool2d' })]), 'spec.layers[4]: maxPool2d received [1, 1, 1] for an example, smaller than its window of 2 x 2'],
  ['a window larger than the image', spec([{ kind: 'conv2d', filters: 1, kernelSize: 31, padding: 'valid' }]), 'spec.layers[0]: conv2d received [28, 28, 1] for an example, smaller than its window of 31 x 31'],
  ['dense on an image', spec([{ kind: 'dense', units: 3 }]), 'spec.layers[0]: dense received [28, 28, 1] for an example, expected a vector; put flatten or globalAveragePool before it'],
  ['a convolution after flatten', spec([{ kind: 'flatten' }, { kind: 'conv2d', filters: 1 }]), 'spec.layers[1]: conv2d received [784] for an example, expected [height, width, channels]'],
  ['too many parameters', spec([{ kind: 'flatten' }, { kind: 'dense', units: 65536 }, { kind: 'dense', units: 65536 }]), 'spec.layers[2]: dense brings the network to 4346478592 parameters, expected at most 100000000'],
  ['too many in the last layer', spec([{ kind: 'conv2d', filters: 64 }], { classes: 65536 }), 'spec.classes: the classifying layer (50176 features x 65536 classes) brings the network to'],
  ['too large an activation', spec([{ kind: 'conv2d', filters: 4096 }], { inputShape: [512, 512, 1] }), 'spec.layers[0]: conv2d yields 1073741824 numbers an example, expected at most 64000000'],
])('refuses %s, naming the layer', (_name, bad, message) => {
  validateNetworkSpec(bad);
  expect(() => planNetwork(bad)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
});

test.each([
  ['spec', 3, 'spec: received 3, expected an object'],
  ['an input that is no image', spec([{ kind: 'flatten' }], { inputShape: [28, 28] }), 'spec.inputShape: received [28,28], expected [height, width, channels], each from 1 to 8192'],
  ['one class', spec([{ kind: 'flatten' }], { classes: 1 }), 'spec.classes: received 1, expected a whole number from 2 to 65536'],
  ['no layers', spec([]), 'spec.layers: received 0 layers, expected 1 to 256 layers'],
  ['an unknown kind', spec([{ kind: 'conv3d' } as unknown as LayerSpec]), 'spec.layers[0].kind: received conv3d, expected one of conv2d, depthwiseConv2d'],
  ['a missing field', spec([{ kind: 'flatten' }, { kind: 'dense' } as LayerSpec]), 'spec.layers[1].units: received nothing, expected a whole number from 1 to 65536'],
  ['an unknown field', spec([{ kind: 'dense', units: 2, unit: 3 } as LayerSpec]), 'spec.layers[0].unit: unknown field; expected only kind, units, activation'],
  ['a rate out of range', spec([{ kind: 'dropout', rate: 1 }]), 'spec.layers[0].rate: received 1, expected a number from 0 to 0.95'],
  ['a deviation of 0', spec([{ kind: 'flatten' }], { normalization: { mean: [0], standardDeviation: [0] } }), 'spec.normalization.standardDeviation: received [0], expected 1 numbers above 0, one a channel'],
  ['a mean for each of two channels', spec([{ kind: 'flatten' }], { normalization: { mean: [0, 0], standardDeviation: [1] } }), 'spec.normalization.mean: received [0,0], expected 1 finite numbers, one a channel'],
])('refuses %s', (_name, bad, message) => {
  expect(() => validateNetworkSpec(bad)).toThrow(expect.objectContaining({ reason: 'INVALID_FIELD', message: expect.stringContaining(message) }));
});

test('names every bad field at once', () => {
  expect(() => validateNetworkSpec(spec([{ kind: 'conv2d', filters: 0, kernelSize: 40 }], { classes: 0 }))).toThrow(
    expect.objectContaining({ violations: [{ field: 'spec.classes', description: expect.any(String) }, { field: 'spec.layers[0].filters', description: expect.any(String) }, { field: 'spec.layers[0].kernelSize', description: expect.any(String) }] }),
  );
});
