import { cnn } from '@quartet/contracts';
import type { ImageData } from './spec';

/** Images larger than this are shrunk by the first convolution's stride. */
const LARGE = 256;
const LARGEST_KERNEL = 31;
/** Smallest height or width that is halved once more. */
const SMALLEST_POOLED = 8;
const MAX_BLOCKS = 5;
const MOST_FILTERS = 256;
/** More features than this go through a global average instead of a flatten: the dense layer would dwarf the rest. */
const MAX_FLATTENED = 16_384;

/**
 * A network that suits images of a size: blocks of convolution and pooling, each with twice the filters of the one before,
 * until about 7 x 7 is left; then one dense layer with dropout. 28 x 28 x 1 gives
 * conv 32 - pool - conv 64 - pool - flatten - dense 128 - dropout 0.4.
 */
export function defaultSpec(data: ImageData): cnn.CnnSpec {
  return { ...cnn.CnnSpec.create(), layers: plainLayers(data, 32) };
}

/** The layers of such a network. @param first Filters of the first block. */
export function plainLayers({ shape }: ImageData, first: number): cnn.Layer[] {
  const stride = Math.min(LARGEST_KERNEL, Math.ceil(Math.max(shape[0], shape[1]) / LARGE));
  let [height, width] = [Math.ceil(shape[0] / stride), Math.ceil(shape[1] / stride)];
  const layers: cnn.Layer[] = [];
  let filters = first;
  for (let block = 0; block < MAX_BLOCKS && (block === 0 || Math.min(height, width) >= SMALLEST_POOLED); block++) {
    filters = Math.min(MOST_FILTERS, first * 2 ** block);
    layers.push(conv(filters, block === 0 ? stride : 1));
    if (Math.min(height, width) < 2) continue;
    layers.push({ layer: { $case: 'maxPool2d', value: { size: 2, stride: 2, padding: cnn.Padding.PADDING_VALID } } });
    [height, width] = [Math.floor(height / 2), Math.floor(width / 2)];
  }
  const flat = height * width * filters <= MAX_FLATTENED;
  layers.push(
    { layer: flat ? { $case: 'flatten', value: {} } : { $case: 'globalAveragePool', value: {} } },
    { layer: { $case: 'dense', value: { units: 128, activation: cnn.Activation.ACTIVATION_RELU } } },
    { layer: { $case: 'dropout', value: { rate: 0.4 } } },
  );
  return layers;
}

function conv(filters: number, stride: number): cnn.Layer {
  // No pixel may fall between two windows.
  const value = { filters, kernelSize: Math.max(3, stride), stride, padding: cnn.Padding.PADDING_SAME, activation: cnn.Activation.ACTIVATION_RELU, withoutBias: false };
  return { layer: { $case: 'conv2d', value } };
}
