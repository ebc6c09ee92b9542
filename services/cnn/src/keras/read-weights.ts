import { formatShape, type HostTensor, type LayerSpec, type NetworkPlan, type NetworkSpec } from '@quartet/core';
import type { Head } from './head';
import type { StoredArray } from './hdf5';
import type { KerasLayer } from './layers';
import { corrupt } from './problems';
import type { KerasWeights } from './weights';

export interface ReadLayer {
  source: KerasLayer;
  spec: LayerSpec;
}

export interface ReadWeightsOptions {
  spec: NetworkSpec;
  plan: NetworkPlan;
  layers: readonly ReadLayer[];
  head: Head;
  stored: KerasWeights;
  /** Its name, for messages. */
  file: string;
}

/** A weight by its name in the layer, with the shape that it must have. `fill`: the file has none, it is this number. */
interface Wanted {
  name: string;
  shape: number[];
  fill?: number;
}

/**
 * Reads a model's weights. Nothing is read before its shape has been compared with the plan's, so the file can't make it read more than the
 * network takes.
 * @returns all of the network's weights, by name.
 * @throws QuartetError CORRUPT_DATA naming the layer, for a missing weight, another shape, or a number that isn't finite
 */
export function readWeights({ spec, plan, layers, head, stored, file }: ReadWeightsOptions): Map<string, HostTensor> {
  const weights = new Map<string, HostTensor>();
  let shape = spec.inputShape;
  for (const [index, { source }] of layers.entries()) {
    const channels = shape.at(-1)!;
    const wanted = wantedBy(plan.layers[index]!.layer, channels, source);
    readLayer(wanted, source, stored, file).forEach((tensor, name) => weights.set(`layers.${index}.${name}`, tensor));
    shape = plan.layers[index]!.outputShape;
  }
  const { embeddingSize } = plan;
  const outputs = head.binary ? 1 : spec.classes;
  const logits = readLayer([{ name: 'kernel', shape: [embeddingSize, outputs] }, biasOf([outputs], head.bias)], head.layer, stored, file);
  logits.forEach((tensor, name) => weights.set(`logits.${name}`, head.binary ? besideZeros(tensor) : tensor));
  return weights;
}

/** In the order in which Keras makes them. */
function wantedBy(layer: NetworkPlan['layers'][number]['layer'], channels: number, { config }: KerasLayer): Wanted[] {
  switch (layer.kind) {
    case 'conv2d':
      return [{ name: 'kernel', shape: [layer.kernelSize, layer.kernelSize, channels, layer.filters] }, ...(layer.bias ? [{ name: 'bias', shape: [layer.filters] }] : [])];
    case 'depthwiseConv2d':
      return [{ name: 'kernel', shape: [layer.kernelSize, layer.kernelSize, channels, 1] }, ...(layer.bias ? [{ name: 'bias', shape: [channels] }] : [])];
    case 'separableConv2d':
      return [
        { name: 'depthwise.kernel', shape: [layer.kernelSize, layer.kernelSize, channels, 1] },
        { name: 'pointwise.kernel', shape: [1, 1, channels, layer.filters] },
        ...(layer.bias ? [{ name: 'pointwise.bias', shape: [layer.filters] }] : []),
      ];
    case 'dense':
      return [{ name: 'kernel', shape: [channels, layer.units] }, biasOf([layer.units], config.use_bias !== false)];
    case 'batchNormalization':
      return [
        { name: 'gamma', shape: [channels], ...(config.scale === false && { fill: 1 }) },
        { name: 'beta', shape: [channels], ...(config.center === false && { fill: 0 }) },
        { name: 'moving_mean', shape: [channels] },
        { name: 'moving_variance', shape: [channels] },
      ];
    default:
      return [];
  }
}

const biasOf = (shape: number[], has: boolean): Wanted => ({ name: 'bias', shape, ...(!has && { fill: 0 }) });

function readLayer(wanted: readonly Wanted[], layer: KerasLayer, stored: KerasWeights, file: string): Map<string, HostTensor> {
  const needed = wanted.filter(({ fill }) => fill === undefined);
  const arrays = needed.length === 0 ? [] : stored.of(layer);
  const received = arrays.map(({ shape }) => formatShape(shape));
  const expected = needed.map(({ shape }) => formatShape(shape));
  if (received.join() !== expected.join()) {
    const all = needed.map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(', ');
    throw corrupt(file, `weights of ${received.join(', ') || 'nothing'} for ${layer.className} '${layer.name}'`, all, 'The file is not whole, or its weights are of another model: save the model again');
  }
  const tensors = new Map<string, HostTensor>();
  for (const { name, shape, fill } of wanted) {
    const data = fill === undefined ? finite(arrays[needed.findIndex((one) => one.name === name)]!, layer, name, file) : new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill);
    tensors.set(name, { dtype: 'float32', shape, data });
  }
  return tensors;
}

function finite(array: StoredArray, layer: KerasLayer, name: string, file: string): Float32Array {
  const data = array.read();
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw corrupt(file, `${data[bad]} in the ${name} of ${layer.className} '${layer.name}'`, 'finite numbers', 'The training diverged: train the model again');
  return data;
}

/** Of sigmoid(z): logits [0, z], whose softmax is [1 - sigmoid(z), sigmoid(z)]. */
function besideZeros({ data, shape }: HostTensor): HostTensor {
  const both = new Float32Array(data.length * 2);
  data.forEach((value, index) => (both[2 * index + 1] = value));
  return { dtype: 'float32', shape: [...shape.slice(0, -1), 2], data: both };
}
