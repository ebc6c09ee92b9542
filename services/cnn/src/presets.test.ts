import { cnn } from '@quartet/contracts';
import { planNetwork, validateNetworkSpec } from '@quartet/core';
import { Violations } from '@quartet/service-kit';
import { resolveSpec, toNetworkSpec, type ImageData } from './spec';

const data = (height: number, width = height, channels = 1): ImageData => ({
  shape: [height, width, channels],
  classes: 10,
  mean: Array<number>(channels).fill(0.1),
  standardDeviation: Array<number>(channels).fill(0.3),
});

function resolve(given: Partial<cnn.CnnSpec>, images = data(28)) {
  const violations = new Violations();
  const resolved = resolveSpec(cnn.CnnSpec.fromPartial(given), images, violations);
  return { resolved, violations: violations.list };
}

const { PRESET_PLAIN, PRESET_RESIDUAL, PRESET_SEPARABLE } = cnn.Preset;
/** Layers with weights from the first convolution to the head, as depth counts them. */
const depthOf = (spec: cnn.CnnSpec): number =>
  spec.layers.reduce((sum, { layer }) => sum + (layer!.$case === 'residualBlock' || layer!.$case === 'separableBlock' ? 2 : layer!.$case === 'conv2d' ? 1 : 0), 1);

describe('presets', () => {
  it.each([8, 10, 12, 14, 16, 18, 20])('a residual network of depth %d has that many layers', (depth) => {
    const { resolved, violations } = resolve({ preset: PRESET_RESIDUAL, depth });
    expect(violations).toEqual([]);
    expect(depthOf(resolved)).toBe(depth);
  });

  it('names the layers that it became, and no preset', () => {
    const { resolved } = resolve({ preset: PRESET_RESIDUAL, width: 8 });
    expect(resolved).toMatchObject({ preset: cnn.Preset.PRESET_UNSPECIFIED, depth: 0, width: 0 });
    expect(resolved.layers.map(({ layer }) => layer!.$case)).toEqual(['conv2d', 'batchNormalization', 'activation', 'residualBlock', 'residualBlock', 'residualBlock', 'globalAveragePool']);
    expect(toNetworkSpec(resolved, data(28)).layers.slice(3, 6)).toEqual([
      { kind: 'residualBlock', filters: 8, stride: 1, activation: 'relu' },
      { kind: 'residualBlock', filters: 16, stride: 2, activation: 'relu' },
      { kind: 'residualBlock', filters: 32, stride: 2, activation: 'relu' },
    ]);
  });

  it.each([[1, 1, 1], [3, 5, 1], [8, 8, 2], [28, 28, 1], [32, 32, 3], [64, 48, 4], [224, 224, 3], [1000, 8, 1], [2048, 2048, 3]])('fit images of %d x %d x %d', (height, width, channels) => {
    for (const preset of [PRESET_PLAIN, PRESET_RESIDUAL, PRESET_SEPARABLE]) {
      const images = data(height, width, channels);
      const { resolved, violations } = resolve({ preset }, images);
      expect(violations).toEqual([]);
      const network = toNetworkSpec(resolved, images);
      validateNetworkSpec(network);
      expect(planNetwork(network).parameters).toBeLessThan(10_000_000);
    }
  });

  it('separable networks have several times fewer weights than residual ones as deep and wide', () => {
    const weights = (preset: cnn.Preset) => planNetwork(toNetworkSpec(resolve({ preset, depth: 14, width: 32 }).resolved, data(28))).parameters;
    expect(weights(PRESET_RESIDUAL)).toBeGreaterThan(3 * weights(PRESET_SEPARABLE));
  });

  it.each([
    ['layers beside a preset', { preset: PRESET_PLAIN, layers: [{ layer: { $case: 'flatten' as const, value: {} } }] }, 'spec.preset'],
    ['a width that is none', { preset: PRESET_RESIDUAL, width: 3 }, 'spec.width'],
    ['an odd depth', { preset: PRESET_RESIDUAL, depth: 9 }, 'spec.depth'],
    ['a depth of a plain stack', { depth: 8 }, 'spec.depth'],
    ['a preset that is none', { preset: 9 as cnn.Preset }, 'spec.preset'],
  ])('refuse %s by its path', (_, given, field) => {
    const { violations } = resolve(given);
    expect(violations[0]?.field).toBe(field);
  });
});
