/** Non-linearity after a layer. `leakyRelu` has slope 0.2 below 0, `elu` alpha 1. */
export type Activation = 'linear' | 'relu' | 'leakyRelu' | 'elu' | 'tanh' | 'sigmoid';
export type Padding = 'same' | 'valid';

export interface Conv2dSpec {
  kind: 'conv2d';
  /** 1 to 4096. */
  filters: number;
  /** 1 to 31; default 3. */
  kernelSize?: number;
  /** 1 to 31; default 1. */
  stride?: number;
  /** Default same. */
  padding?: Padding;
  /** Default relu. */
  activation?: Activation;
  /** Default true; false before a batch normalization, which has its own. */
  bias?: boolean;
}

/** Each channel by itself; the image keeps its channels. */
export interface DepthwiseConv2dSpec extends Omit<Conv2dSpec, 'kind' | 'filters'> {
  kind: 'depthwiseConv2d';
}

/** Depthwise with kernelSize, stride and padding, then 1 x 1 over the channels; nothing between (Chollet, 2017). */
export interface SeparableConv2dSpec extends Omit<Conv2dSpec, 'kind'> {
  kind: 'separableConv2d';
}

/**
 * activation(shortcut(x) + f(x)), f: 3 x 3 convolution, batch normalization, activation, 3 x 3 convolution, batch normalization. Where
 * stride or filters change the shape, the shortcut is a 1 x 1 convolution with batch normalization (He et al., 2016).
 */
export interface ResidualBlockSpec {
  kind: 'residualBlock';
  /** 1 to 4096. */
  filters: number;
  /** Of the first convolution, 1 to 31; default 1. */
  stride?: number;
  /** Default relu. */
  activation?: Activation;
}

/** Depthwise 3 x 3 convolution, batch normalization, activation, 1 x 1 convolution, batch normalization, activation (Howard et al., 2017). */
export interface SeparableBlockSpec extends Omit<ResidualBlockSpec, 'kind'> {
  kind: 'separableBlock';
}

/** For where the activation isn't that of the layer before: after a batch normalization. */
export interface ActivationSpec {
  kind: 'activation';
  /** Default relu. */
  activation?: Activation;
  /** Of leakyRelu: its slope below 0, default 0.2. Of elu: its alpha, default 1. 0 to 10; others have none. */
  slope?: number;
}

export interface Pool2dSpec {
  kind: 'maxPool2d' | 'averagePool2d';
  /** 1 to 31; default 2. */
  size?: number;
  /** Default: the size. */
  stride?: number;
  /** Default valid. What is padded counts neither as the largest nor in a mean. */
  padding?: Padding;
}

/** [batch, height, width, channels] -> [batch, channels]. */
export interface GlobalAveragePoolSpec {
  kind: 'globalAveragePool';
}

/** [batch, ...] -> [batch, features]. */
export interface FlattenSpec {
  kind: 'flatten';
}

export interface DenseSpec {
  kind: 'dense';
  /** 1 to 65536. */
  units: number;
  /** Default relu. */
  activation?: Activation;
}

/** In training sets a share `rate` of its inputs to 0 and scales the rest by 1 / (1 - rate). */
export interface DropoutSpec {
  kind: 'dropout';
  /** 0 to 0.95. */
  rate: number;
}

/** Over the last axis. */
export interface BatchNormalizationSpec {
  kind: 'batchNormalization';
  /** Share of the running statistics that a step keeps, 0 to 1; default 0.99, less in the first thousand steps. */
  momentum?: number;
  /** Added to the variance, 1e-12 to 1; default 0.001. */
  epsilon?: number;
}

export type LayerSpec =
  | Conv2dSpec
  | DepthwiseConv2dSpec
  | SeparableConv2dSpec
  | ResidualBlockSpec
  | SeparableBlockSpec
  | ActivationSpec
  | Pool2dSpec
  | GlobalAveragePoolSpec
  | FlattenSpec
  | DenseSpec
  | DropoutSpec
  | BatchNormalizationSpec;

/** Per channel: the network's first step is (x - mean) / standardDeviation. */
export interface Normalization {
  mean: number[];
  standardDeviation: number[];
}

/**
 * What a network's outputs are. `classes`: logits of a softmax, one class an example. `labels`: logits of a sigmoid each, any number of labels an
 * example. `numbers`: numbers, standardized; see NetworkSpec.targets.
 */
export type Head = 'classes' | 'labels' | 'numbers';

/**
 * A network over images as plain JSON. Its input is float32 [batch, ...inputShape] in 0..1; a dense layer of `classes`
 * outputs is added at its end, after a flatten where one is needed.
 *
 * @example
 * { inputShape: [28, 28, 1], layers: [{ kind: 'conv2d', filters: 16 }, { kind: 'maxPool2d' }], classes: 10 }
 */
export interface NetworkSpec {
  /** [height, width, channels]. */
  inputShape: number[];
  normalization?: Normalization;
  /** 1 to 256. */
  layers: LayerSpec[];
  /** Outputs: 2 to 65536, of labels and numbers from 1. */
  classes: number;
  /** Default classes. */
  head?: Head;
  /** Of a head `numbers`: an output times the deviation plus the mean is the number. One each; default 0 and 1. */
  targets?: Normalization;
  /**
   * What the logits are divided by where the network is served, above 0; default 1. Set by calibration, after training: it changes how
   * sure a network is, not which class is first.
   */
  temperature?: number;
}
