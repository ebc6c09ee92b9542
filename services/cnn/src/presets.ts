import { cnn } from '@quartet/contracts';
import type { Violations } from '@quartet/service-kit';
import { plainLayers } from './default-spec';
import type { ImageData } from './spec';

/** Smallest height or width that a stride still halves. */
const SMALLEST_HALVED = 8;
/** Images larger than this are shrunk by the first convolution's stride. */
const LARGE = 64;
const LARGEST_KERNEL = 31;
const MOST_FILTERS = 512;
const DEPTHS = { residual: [8, 20], separable: [4, 28] } as const;

/** Whether the spec names a preset or one of its sizes. */
export const isPreset = ({ preset, depth, width }: cnn.CnnSpec): boolean => preset !== cnn.Preset.PRESET_UNSPECIFIED || depth > 0 || width > 0;

/**
 * The layers that a preset becomes for images of a size.
 * @param violations receives an entry for each field that doesn't fit the preset
 */
export function presetLayers({ preset, depth, width }: cnn.CnnSpec, data: ImageData, violations: Violations): cnn.Layer[] {
  if (width > 0) violations.integer('spec.width', width, 4, 256);
  switch (preset) {
    case cnn.Preset.PRESET_UNSPECIFIED:
    case cnn.Preset.PRESET_PLAIN:
      if (depth > 0) violations.add('spec.depth', `is ${depth}; only the presets RESIDUAL and SEPARABLE take one. Set spec.preset, or leave it out`);
      return plainLayers(data, width || 32);
    case cnn.Preset.PRESET_RESIDUAL:
      if (depth > 0 && (depth % 2 !== 0 || depth < DEPTHS.residual[0] || depth > DEPTHS.residual[1])) violations.add('spec.depth', `is ${depth}; a residual network takes an even number from 8 to 20`);
      return residualLayers(data, depth || (Math.min(data.shape[0], data.shape[1]) <= 32 ? 8 : 14), width || 16);
    case cnn.Preset.PRESET_SEPARABLE:
      if (depth > 0) violations.integer('spec.depth', depth, ...DEPTHS.separable);
      return separableLayers(data, depth, width || 32);
    default:
      violations.add('spec.preset', `received ${preset}, expected a value of quartet.cnn.v1.Preset`);
      return [];
  }
}

/**
 * A convolution, three stages of residual blocks, each with twice the filters and half the size of the one before, and a global average:
 * the networks of He et al. (2016) for small images. A block has two layers, so depth 8 has one a stage, 20 three.
 */
function residualLayers({ shape }: ImageData, depth: number, width: number): cnn.Layer[] {
  const blocks = (depth - 2) / 2;
  const size = new Halving(shape);
  const layers = stem(size, width);
  for (let stage = 0; stage < 3; stage++) {
    // Blocks that three stages don't share out evenly go to the later ones, which are cheaper.
    const count = Math.floor((blocks + stage) / 3);
    const filters = Math.min(MOST_FILTERS, width * 2 ** stage);
    for (let block = 0; block < count; block++) {
      layers.push({ layer: { $case: 'residualBlock', value: { filters, stride: stage > 0 && block === 0 ? size.halve() : 1, activation: RELU } } });
    }
  }
  return [...layers, { layer: { $case: 'globalAveragePool', value: {} } }];
}

/** A convolution, then depthwise-separable blocks, two a size, with twice the filters each time that the size halves; and a global average (Howard et al., 2017). */
function separableLayers({ shape }: ImageData, depth: number, width: number): cnn.Layer[] {
  const size = new Halving(shape);
  const layers = stem(size, width);
  // Without a depth: two blocks for each size down to the smallest.
  const blocks = depth > 0 ? Math.ceil((depth - 2) / 2) : 2 * (size.halvings + 1);
  let filters = width;
  for (let block = 0; block < blocks; block++) {
    const stride = block % 2 === 0 && block > 0 ? size.halve() : 1;
    if (block % 2 === 0) filters = Math.min(MOST_FILTERS, filters * 2);
    layers.push({ layer: { $case: 'separableBlock', value: { filters, stride, activation: RELU } } });
  }
  return [...layers, { layer: { $case: 'globalAveragePool', value: {} } }];
}

const RELU = cnn.Activation.ACTIVATION_RELU;

/** Convolution, batch normalization, activation; shrinks large images. */
function stem(size: Halving, filters: number): cnn.Layer[] {
  const stride = size.shrinkTo(LARGE);
  // No pixel may fall between two windows.
  const value = { filters, kernelSize: Math.max(3, stride), stride, padding: cnn.Padding.PADDING_SAME, activation: cnn.Activation.ACTIVATION_LINEAR, withoutBias: true };
  return [{ layer: { $case: 'conv2d', value } }, { layer: { $case: 'batchNormalization', value: {} } }, { layer: { $case: 'activation', value: { activation: RELU } } }];
}

/** Follows an image's height and width through strides. */
class Halving {
  private height: number;
  private width: number;

  constructor(shape: ImageData['shape']) {
    [this.height, this.width] = shape;
  }

  /** How often the smaller side can be halved. */
  get halvings(): number {
    return Math.max(0, Math.min(4, Math.floor(Math.log2(Math.min(this.height, this.width) / SMALLEST_HALVED)) + 1));
  }

  /** @returns the stride: 2, or 1 where the image is too small for it */
  halve(): number {
    if (Math.min(this.height, this.width) < SMALLEST_HALVED) return 1;
    this.shrink(2);
    return 2;
  }

  /** @returns the stride with which the larger side is at most so many pixels */
  shrinkTo(most: number): number {
    const stride = Math.min(LARGEST_KERNEL, Math.ceil(Math.max(this.height, this.width) / most));
    this.shrink(stride);
    return stride;
  }

  private shrink(stride: number): void {
    [this.height, this.width] = [Math.ceil(this.height / stride), Math.ceil(this.width / stride)];
  }
}
