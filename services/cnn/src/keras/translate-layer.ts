import type { LayerSpec } from '@quartet/core';
import type { Attributes } from './attributes';

/** What a Keras layer becomes: a layer of Quartet's, nothing (it changes no answer), or undefined when it is refused. */
export type Translated = { spec: LayerSpec } | { leftOut: string } | undefined;

const BIAS_REMEDY = 'Use one kernel for all channels';
const DILATION_REMEDY = 'Use dilation_rate 1';

/** Layers that do something in training alone. */
const TRAINING_ONLY = new Set([
  'SpatialDropout2D', 'GaussianDropout', 'GaussianNoise', 'AlphaDropout', 'ActivityRegularization', 'Identity',
  'RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness', 'RandomErasing',
]);

/** What would do in place of a layer that Quartet hasn't. */
const REMEDIES: Record<string, string> = {
  Lambda: 'A Lambda holds code, and an import runs none: put layers that Quartet knows in its place',
  Add: 'Quartet imports layers that follow one after the other; its own residual networks are trained here: spec.preset RESIDUAL',
  GlobalMaxPooling2D: 'Use GlobalAveragePooling2D',
  ZeroPadding2D: 'Use padding "same" in the layer after it',
  PReLU: 'Use LeakyReLU',
  LayerNormalization: 'Use BatchNormalization',
  GroupNormalization: 'Use BatchNormalization',
  Conv2DTranspose: 'It is no layer of a classifier here',
  Resizing: 'Leave it out: Quartet takes images of the size of the first layer, so resize before',
  CenterCrop: 'Leave it out: crop the images before',
};

const SUPPORTED =
  'Quartet imports InputLayer, Rescaling, Normalization, Conv2D, DepthwiseConv2D, SeparableConv2D, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, Flatten, Dense, Dropout, BatchNormalization, Activation, ReLU, LeakyReLU, ELU and Softmax';

/** A layer between the input and the classifying layer. */
export function translateLayer(at: Attributes): Translated {
  const { className, registered } = at.layer;
  if (isCustom(at.layer)) return refused(at, `is a class of your own (${registered ?? className})`, `An import runs no code: put layers that Quartet knows in its place. ${SUPPORTED}`);
  switch (className) {
    case 'Conv2D':
      at.only('groups', [1], BIAS_REMEDY);
      return { spec: { kind: 'conv2d', filters: at.number('filters', 1), ...windowOf(at) } };
    case 'DepthwiseConv2D':
      at.only('depth_multiplier', [1], 'Use depth_multiplier 1');
      return { spec: { kind: 'depthwiseConv2d', ...windowOf(at) } };
    case 'SeparableConv2D':
    case 'SeparableConvolution2D':
      at.only('depth_multiplier', [1], 'Use depth_multiplier 1');
      return { spec: { kind: 'separableConv2d', filters: at.number('filters', 1), ...windowOf(at) } };
    case 'MaxPooling2D':
    case 'AveragePooling2D':
      return { spec: { kind: className === 'MaxPooling2D' ? 'maxPool2d' : 'averagePool2d', ...poolOf(at) } };
    case 'GlobalAveragePooling2D':
      at.channelsLast();
      at.only('keepdims', [false], 'Use keepdims=False');
      return { spec: { kind: 'globalAveragePool' } };
    case 'Flatten':
      at.channelsLast();
      return { spec: { kind: 'flatten' } };
    case 'Dense':
      return { spec: { kind: 'dense', units: at.number('units', 1), activation: at.hiddenActivation() } };
    case 'Dropout': {
      const rate = at.number('rate', 0);
      return rate <= 0.95 ? { spec: { kind: 'dropout', rate } } : { leftOut: `its rate of ${rate} is above 0.95` };
    }
    case 'BatchNormalization':
      at.only('axis', [-1, 3, [-1], [3]], 'Use axis -1');
      at.only('renorm', [false], 'Use renorm=False');
      return { spec: { kind: 'batchNormalization', momentum: at.number('momentum', 0.99), epsilon: at.number('epsilon', 0.001) } };
    case 'Activation':
      return { spec: { kind: 'activation', activation: at.hiddenActivation() } };
    case 'ReLU':
      at.only('max_value', [], 'Use ReLU without max_value');
      at.only('threshold', [0], 'Use threshold 0');
      return { spec: rectifier(at.number('negative_slope', 0)) };
    case 'LeakyReLU':
      return { spec: rectifier(at.number('negative_slope', at.number('alpha', 0.3))) };
    case 'ELU':
      return { spec: { kind: 'activation', activation: 'elu', slope: at.number('alpha', 1) } };
    default:
      if (TRAINING_ONLY.has(className)) return { leftOut: 'it does nothing but in training' };
      return refused(at, 'is no layer that Quartet has', REMEDIES[className] ?? SUPPORTED);
  }
}

function refused(at: Attributes, problem: string, remedy: string): undefined {
  at.refuse('', problem, remedy);
  return undefined;
}

/** Whether a class was registered by someone other than Keras: `Package>Name`. */
const isCustom = ({ className, registered }: Attributes['layer']): boolean => className.includes('>') || (registered?.includes('>') ?? false);

function windowOf(at: Attributes) {
  at.channelsLast();
  at.only('dilation_rate', [1, [1, 1]], DILATION_REMEDY);
  return {
    kernelSize: at.square('kernel_size', 1),
    stride: at.square('strides', 1),
    padding: at.padding(),
    activation: at.hiddenActivation(),
    ...(!at.boolean('use_bias', true) && { bias: false }),
  };
}

function poolOf(at: Attributes) {
  at.channelsLast();
  const size = at.square('pool_size', 2);
  const padding = at.padding();
  return { size, stride: at.square('strides', size), ...(padding === 'same' && { padding }) };
}

const rectifier = (slope: number): LayerSpec => (slope === 0 ? { kind: 'activation', activation: 'relu' } : { kind: 'activation', activation: 'leakyRelu', slope });
