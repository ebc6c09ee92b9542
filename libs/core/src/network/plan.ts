import { CoreError, type Violation } from '../errors';
import { elementCount, formatShape } from '../tensor/host-tensor';
import type { Activation, Conv2dSpec, LayerSpec, NetworkSpec, Padding } from './spec';

/** A layer with every default filled in. */
export type ResolvedLayer =
  | ({ kind: 'conv2d' | 'separableConv2d'; filters: number } & Window)
  | ({ kind: 'depthwiseConv2d' } & Window)
  | { kind: 'residualBlock' | 'separableBlock'; filters: number; stride: number; activation: Activation }
  | { kind: 'activation'; activation: Activation; slope?: number }
  | { kind: 'maxPool2d' | 'averagePool2d'; size: number; stride: number; padding?: Padding }
  | { kind: 'globalAveragePool' }
  | { kind: 'flatten' }
  | { kind: 'dense'; units: number; activation: Activation }
  | { kind: 'dropout'; rate: number }
  | { kind: 'batchNormalization'; momentum?: number; epsilon?: number };

interface Window {
  kernelSize: number;
  stride: number;
  padding: Padding;
  activation: Activation;
  bias: boolean;
}

export interface PlannedLayer {
  layer: ResolvedLayer;
  /** Without the batch dimension. */
  outputShape: number[];
  parameters: number;
}

export interface NetworkPlan {
  layers: PlannedLayer[];
  /** Features that the classifying layer sees: the length of the embedding. */
  embeddingSize: number;
  parameters: number;
}

/** More than this is refused: weights, gradients and Adam's slots of 100 million floats take 1.6 GB. */
export const MAX_PARAMETERS = 100_000_000;
/** Activations of one example beyond this are refused. */
export const MAX_ACTIVATION = 64_000_000;

/**
 * Follows the shapes through a valid spec.
 *
 * @throws CoreError INVALID_FIELD naming the layer that can't follow the one before it, whose spatial size collapses,
 *   or with which the parameters exceed MAX_PARAMETERS.
 */
export function planNetwork(spec: NetworkSpec): NetworkPlan {
  const layers: PlannedLayer[] = [];
  let shape = spec.inputShape;
  let parameters = 0;
  for (const [index, layerSpec] of spec.layers.entries()) {
    const layer = resolveLayer(layerSpec);
    const field = `spec.layers[${index}]`;
    const outputShape = outputShapeOf(layer, shape, field);
    const own = parametersOf(layer, shape);
    parameters += own;
    checkSize(parameters, outputShape, layer, field);
    layers.push({ layer, outputShape, parameters: own });
    shape = outputShape;
  }
  const embeddingSize = elementCount(shape);
  parameters += (embeddingSize + 1) * spec.classes;
  if (parameters > MAX_PARAMETERS) {
    throw tooLarge('spec.classes', parameters, `the classifying layer (${embeddingSize} features x ${spec.classes} classes)`);
  }
  return { layers, embeddingSize, parameters };
}

function resolveLayer(layer: LayerSpec): ResolvedLayer {
  switch (layer.kind) {
    case 'conv2d':
    case 'separableConv2d':
      return { kind: layer.kind, filters: layer.filters, ...resolveWindow(layer) };
    case 'depthwiseConv2d':
      return { kind: layer.kind, ...resolveWindow(layer) };
    case 'residualBlock':
    case 'separableBlock':
      return { kind: layer.kind, filters: layer.filters, stride: layer.stride ?? 1, activation: layer.activation ?? 'relu' };
    case 'activation':
      return { kind: layer.kind, activation: layer.activation ?? 'relu', ...(layer.slope !== undefined && { slope: layer.slope }) };
    case 'maxPool2d':
    case 'averagePool2d':
      return { kind: layer.kind, size: layer.size ?? 2, stride: layer.stride ?? layer.size ?? 2, ...(layer.padding === 'same' && { padding: layer.padding }) };
    case 'dense':
      return { kind: 'dense', units: layer.units, activation: layer.activation ?? 'relu' };
    case 'dropout':
      return { kind: 'dropout', rate: layer.rate };
    case 'batchNormalization':
      return { ...layer };
    default:
      return { kind: layer.kind };
  }
}

function resolveWindow(layer: Omit<Conv2dSpec, 'kind' | 'filters'>): Window {
  const { kernelSize = 3, stride = 1, padding = 'same', activation = 'relu', bias = true } = layer;
  return { kernelSize, stride, padding, activation, bias };
}

function outputShapeOf(layer: ResolvedLayer, shape: number[], field: string): number[] {
  switch (layer.kind) {
    case 'conv2d':
    case 'separableConv2d':
    case 'depthwiseConv2d': {
      const [height, width, channels] = spatial(shape, layer.kind, field);
      const size = (length: number): number =>
        layer.padding === 'same'
          ? Math.ceil(length / layer.stride)
          : Math.floor((length - layer.kernelSize) / layer.stride) + 1;
      return withoutCollapse([size(height), size(width), 'filters' in layer ? layer.filters : channels], shape, layer.kind, layer.kernelSize, field);
    }
    case 'residualBlock':
    case 'separableBlock': {
      const [height, width] = spatial(shape, layer.kind, field);
      return [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), layer.filters];
    }
    case 'maxPool2d':
    case 'averagePool2d': {
      const [height, width, channels] = spatial(shape, layer.kind, field);
      const size = (length: number): number =>
        layer.padding === 'same' ? Math.ceil(length / layer.stride) : Math.floor((length - layer.size) / layer.stride) + 1;
      return withoutCollapse([size(height), size(width), channels], shape, layer.kind, layer.size, field);
    }
    case 'globalAveragePool':
      return [spatial(shape, layer.kind, field)[2]];
    case 'flatten':
      return [elementCount(shape)];
    case 'dense':
      if (shape.length !== 1) {
        throw CoreError.invalid(
          field,
          `dense received ${formatShape(shape)} for an example, expected a vector; put flatten or globalAveragePool before it`,
        );
      }
      return [layer.units];
    default:
      return shape;
  }
}

function spatial(shape: number[], kind: string, field: string): [number, number, number] {
  if (shape.length === 3) return shape as [number, number, number];
  throw CoreError.invalid(
    field,
    `${kind} received ${formatShape(shape)} for an example, expected [height, width, channels]; ` +
      `put it before the layer that flattens`,
  );
}

function withoutCollapse(output: number[], input: number[], kind: string, window: number, field: string): number[] {
  if (output.every((size) => size >= 1)) return output;
  throw CoreError.invalid(
    field,
    `${kind} received ${formatShape(input)} for an example, smaller than its window of ${window} x ${window}, ` +
      `so nothing would be left; use a smaller window, padding same, or fewer pooling layers before it`,
  );
}

function parametersOf(layer: ResolvedLayer, input: number[]): number {
  const channels = input.at(-1) ?? 0;
  switch (layer.kind) {
    case 'conv2d':
      return (layer.kernelSize ** 2 * channels + Number(layer.bias)) * layer.filters;
    case 'depthwiseConv2d':
      return (layer.kernelSize ** 2 + Number(layer.bias)) * channels;
    case 'separableConv2d':
      return layer.kernelSize ** 2 * channels + (channels + Number(layer.bias)) * layer.filters;
    case 'residualBlock': {
      const projection = layer.stride === 1 && channels === layer.filters ? 0 : (channels + 4) * layer.filters;
      return (9 * channels + 9 * layer.filters + 8) * layer.filters + projection;
    }
    case 'separableBlock':
      return 13 * channels + (channels + 4) * layer.filters;
    case 'dense':
      return (channels + 1) * layer.units;
    case 'batchNormalization':
      return channels * 4;
    default:
      return 0;
  }
}

function checkSize(parameters: number, outputShape: number[], layer: ResolvedLayer, field: string): void {
  if (parameters > MAX_PARAMETERS) throw tooLarge(field, parameters, layer.kind);
  const activation = elementCount(outputShape);
  if (activation > MAX_ACTIVATION) {
    throw CoreError.invalid(
      field,
      `${layer.kind} yields ${activation} numbers an example, expected at most ${MAX_ACTIVATION}; use a larger stride or fewer filters`,
      'LIMIT_EXCEEDED',
    );
  }
}

function tooLarge(field: string, parameters: number, what: string): CoreError {
  const violation: Violation = {
    field,
    description:
      `${what} brings the network to ${parameters} parameters, expected at most ${MAX_PARAMETERS}; ` +
      `use fewer units, or pool before it`,
  };
  return CoreError.invalidAll([violation], 'LIMIT_EXCEEDED');
}
