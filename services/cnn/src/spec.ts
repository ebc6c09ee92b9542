import { cnn, QuartetError, Target, type DatasetSchema } from '@quartet/contracts';
import { planNetwork, validateNetworkSpec, type Head, type LayerSpec, type NetworkSpec } from '@quartet/core';
import type { Violations } from '@quartet/service-kit';
import { isPreset, presetLayers } from './presets';

/** What the data decides of a network: [height, width, channels], the outputs and what they are, and the normalization. */
export interface ImageData {
  shape: [height: number, width: number, channels: number];
  /** Classes, labels or numbers. */
  classes: number;
  mean: number[];
  standardDeviation: number[];
  /** Where it isn't classes. */
  target?: { head: Exclude<Head, 'classes'>; mean: number[]; standardDeviation: number[] };
}

/** Names of the classes, labels or numbers, in order. */
export const outputNames = ({ classNames, target }: DatasetSchema): string[] => target?.names ?? classNames;

/** What the data's targets make a network learn. */
export const headOf = ({ target }: DatasetSchema): Head => (target === undefined ? 'classes' : target.kind === Target.TARGET_LABELS ? 'labels' : 'numbers');

export function imageDataOf(schema: DatasetSchema): ImageData {
  const [height = 0, width = 0, channels = 0] = schema.exampleShape.map(Number);
  return {
    shape: [height, width, channels],
    classes: outputNames(schema).length,
    mean: schema.mean,
    standardDeviation: schema.standardDeviation,
    ...(schema.target && { target: { head: headOf(schema) as Exclude<Head, 'classes'>, mean: schema.target.mean, standardDeviation: schema.target.standardDeviation } }),
  };
}

/**
 * The network that core builds from a spec and its data.
 * @param spec resolved: see {@link resolveSpec}
 */
export function toNetworkSpec(spec: cnn.CnnSpec, data: ImageData): NetworkSpec {
  return {
    inputShape: [...data.shape],
    normalization: { mean: [...data.mean], standardDeviation: [...data.standardDeviation] },
    layers: spec.layers.map((layer) => toLayerSpec(layer)),
    classes: data.classes,
    ...(data.target && headSpec(data.target)),
  };
}

const headSpec = ({ head, mean, standardDeviation }: NonNullable<ImageData['target']>): Pick<NetworkSpec, 'head' | 'targets'> => ({
  head,
  ...(head === 'numbers' && { targets: { mean: [...mean], standardDeviation: [...standardDeviation] } }),
});

const ACTIVATIONS = {
  [cnn.Activation.ACTIVATION_LINEAR]: 'linear',
  [cnn.Activation.ACTIVATION_RELU]: 'relu',
  [cnn.Activation.ACTIVATION_LEAKY_RELU]: 'leakyRelu',
  [cnn.Activation.ACTIVATION_ELU]: 'elu',
  [cnn.Activation.ACTIVATION_TANH]: 'tanh',
  [cnn.Activation.ACTIVATION_SIGMOID]: 'sigmoid',
} as const;

const RELU = cnn.Activation.ACTIVATION_RELU;

const PADDINGS = { [cnn.Padding.PADDING_SAME]: 'same', [cnn.Padding.PADDING_VALID]: 'valid' } as const;

const activationOf = (activation: cnn.Activation) =>
  ACTIVATIONS[activation as keyof typeof ACTIVATIONS] ?? 'relu';

function toLayerSpec({ layer }: cnn.Layer): LayerSpec {
  switch (layer?.$case) {
    case 'conv2d':
    case 'separableConv2d':
      return { kind: layer.$case, filters: layer.value.filters, ...windowOf(layer.value) };
    case 'depthwiseConv2d':
      return { kind: layer.$case, ...windowOf(layer.value) };
    case 'residualBlock':
    case 'separableBlock':
      return { kind: layer.$case, filters: layer.value.filters, stride: layer.value.stride, activation: activationOf(layer.value.activation) };
    case 'maxPool2d':
    case 'averagePool2d':
      return { kind: layer.$case, size: layer.value.size, stride: layer.value.stride, ...(layer.value.padding === cnn.Padding.PADDING_SAME && { padding: 'same' as const }) };
    case 'dense':
      return { kind: 'dense', units: layer.value.units, activation: activationOf(layer.value.activation) };
    case 'activation':
      return { kind: 'activation', activation: activationOf(layer.value.activation), ...given({ slope: layer.value.slope }) };
    case 'dropout':
      return { kind: 'dropout', rate: layer.value.rate };
    case 'batchNormalization':
      return { kind: layer.$case, ...given({ momentum: layer.value.momentum, epsilon: layer.value.epsilon }) };
    case 'globalAveragePool':
    case 'flatten':
      return { kind: layer.$case };
    case undefined:
      throw new Error('a resolved spec has no empty layer');
  }
}

/** Without what isn't set. */
const given = <T extends object>(fields: T): Partial<T> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;

function windowOf({ kernelSize, stride, padding, activation, withoutBias }: Omit<cnn.Conv2d, 'filters'>) {
  // Left out where it is the default, so that a network's manifest stays what it was before there was the field.
  const bias = withoutBias ? { bias: false } : {};
  return { kernelSize, stride, padding: PADDINGS[padding as keyof typeof PADDINGS] ?? ('same' as const), activation: activationOf(activation), ...bias };
}

/** Fills a layer's defaults in, as spec.proto states them. */
function withDefaults({ layer }: cnn.Layer): cnn.Layer {
  switch (layer?.$case) {
    case 'conv2d':
      return { layer: { $case: 'conv2d', value: { ...layer.value, ...windowDefaults(layer.value) } } };
    case 'separableConv2d':
      return { layer: { $case: 'separableConv2d', value: { ...layer.value, ...windowDefaults(layer.value) } } };
    case 'depthwiseConv2d':
      return { layer: { $case: 'depthwiseConv2d', value: { ...layer.value, ...windowDefaults(layer.value) } } };
    case 'residualBlock':
    case 'separableBlock':
      return { layer: { $case: layer.$case, value: { ...layer.value, stride: layer.value.stride || 1, activation: layer.value.activation || RELU } } };
    case 'maxPool2d':
    case 'averagePool2d': {
      const size = layer.value.size || 2;
      return { layer: { $case: layer.$case, value: { size, stride: layer.value.stride || size, padding: layer.value.padding || cnn.Padding.PADDING_VALID } } };
    }
    case 'dense':
      return { layer: { $case: 'dense', value: { ...layer.value, activation: layer.value.activation || RELU } } };
    case 'activation':
      return { layer: { $case: 'activation', value: { ...layer.value, activation: layer.value.activation || RELU } } };
    default:
      return { layer };
  }
}

function windowDefaults({ kernelSize, stride, padding, activation }: Omit<cnn.Conv2d, 'filters'>) {
  return { kernelSize: kernelSize || 3, stride: stride || 1, padding: padding || cnn.Padding.PADDING_SAME, activation: activation || RELU };
}

/** Those given, or those of a preset. */
function layersOf(given: cnn.CnnSpec, data: ImageData, violations: Violations): cnn.Layer[] {
  if (!isPreset(given)) return given.layers;
  if (given.layers.length > 0) violations.add('spec.preset', 'is set beside `layers`; set one of them');
  return presetLayers(given, data, violations);
}

/**
 * Fills the defaults in and checks the spec against the data: each field, and whether the layers fit together.
 * @param violations receives one entry for each bad field, by its path in the request: `spec.layers[2].conv2d.filters`
 */
export function resolveSpec(given: cnn.CnnSpec, data: ImageData, violations: Violations): cnn.CnnSpec {
  const before = violations.list.length;
  const resolved = { ...cnn.CnnSpec.create(), layers: layersOf(given, data, violations).map(withDefaults) };
  resolved.layers.forEach(({ layer }, index) => checkChoices(layer, `spec.layers[${index}]`, violations));
  if (violations.list.length > before) return resolved;
  try {
    const network = toNetworkSpec(resolved, data);
    validateNetworkSpec(network);
    planNetwork(network);
  } catch (error) {
    if (!QuartetError.is(error) || error.violations.length === 0) throw error;
    for (const { field, description } of error.violations) violations.add(toProtoPath(field, resolved), description);
  }
  return resolved;
}

/** Checks what has no counterpart in core: an empty layer, an enum value that isn't one. */
function checkChoices(layer: cnn.Layer['layer'], path: string, violations: Violations): void {
  if (!layer) {
    violations.add(path, `received an empty layer, expected one of ${Object.values(PROTO_NAMES).join(', ')}`);
    return;
  }
  const { activation, padding } = layer.value as { activation?: cnn.Activation; padding?: cnn.Padding };
  const at = `${path}.${PROTO_NAMES[layer.$case]}`;
  if (activation !== undefined && !(activation in ACTIVATIONS)) violations.add(`${at}.activation`, `received ${activation}, expected a value of quartet.cnn.v1.Activation`);
  if (padding !== undefined && !(padding in PADDINGS)) violations.add(`${at}.padding`, `received ${padding}, expected PADDING_SAME or PADDING_VALID`);
}

const PROTO_NAMES = {
  conv2d: 'conv2d',
  maxPool2d: 'max_pool2d',
  averagePool2d: 'average_pool2d',
  globalAveragePool: 'global_average_pool',
  flatten: 'flatten',
  dense: 'dense',
  dropout: 'dropout',
  batchNormalization: 'batch_normalization',
  activation: 'activation',
  depthwiseConv2d: 'depthwise_conv2d',
  separableConv2d: 'separable_conv2d',
  residualBlock: 'residual_block',
  separableBlock: 'separable_block',
} as const;

/** core's `spec.layers[2].kernelSize` as the request has it: `spec.layers[2].conv2d.kernel_size`. */
function toProtoPath(path: string, spec: cnn.CnnSpec): string {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const match = /^spec\.layers\[(\d+)\](?:\.(\w+))?$/.exec(path);
  const kind = match && spec.layers[Number(match[1])]?.layer?.$case;
  if (!match || !kind) return snake(path);
  return `spec.layers[${match[1]}].${PROTO_NAMES[kind]}` + (match[2] ? `.${snake(match[2])}` : '');
}
