import { CoreError } from '../errors';

/** How the inputs of a denoising autoencoder are spoiled; it learns to give back what they were (Vincent et al., 2010). */
export interface Corruption {
  /**
   * `gaussian`: adds noise of deviation `level`; images are cut to 0..1. `saltAndPepper`: a share `level` of the pixels becomes 0 or 1.
   * `masking`: a share `level` of the numbers becomes 0 (of rows and series: their column's mean). `blur`: a Gaussian blur of
   * deviation `level`, in pixels. Salt and pepper and blur are of images only.
   */
  kind: 'gaussian' | 'saltAndPepper' | 'masking' | 'blur';
  level: number;
  /** Each batch draws its level from minLevel to level. Equal: always the same. */
  minLevel: number;
}

/** A variational autoencoder (Kingma and Welling, 2014). */
export interface Variational {
  /** Weight of the divergence from the prior; 1: the evidence lower bound (Higgins et al., 2017, for others). */
  beta: number;
  /** Steps over which that weight grows from 0, so that the decoder learns to use the latent first (Bowman et al., 2016). */
  warmUpSteps: number;
  /** Nats that each latent unit may hold for free (Kingma et al., 2016). */
  freeBits: number;
}

/**
 * A latent of learned code vectors (van den Oord et al., 2017), one for each group of `dimension` latent units, which `dimension` divides
 * evenly: each group has a codebook of its own (Jegou et al., 2011).
 */
export interface Codebook {
  /** Code vectors of a group. */
  size: number;
  dimension: number;
  /** Weight of what draws the encoder to the code vectors. */
  commitment: number;
}

/**
 * `dense`: hidden layers of so many units. `convolutional`, of images: each convolution halves height and width; then `units`, if above
 * 0, fully connected. `recurrent`, of series and sequences: layers that read in both directions, their last states the latent's input.
 */
export type AutoencoderArchitecture =
  | { kind: 'dense'; units: number[] }
  | { kind: 'convolutional'; filters: number[]; kernelSize: number; units: number }
  | { kind: 'recurrent'; cell: 'gru' | 'lstm'; units: number; layers: number };

export interface AutoencoderSpec {
  /**
   * [height, width, channels] of images, values in 0..1; [columns] of rows; [time, channels] of series and sequences, of which shorter ones
   * end in NaN.
   */
  inputShape: number[];
  /** Of rows and series, by column: the network sees (value - mean) / deviation. */
  scale?: { mean: number[]; deviation: number[] };
  /** Of the encoder; the decoder mirrors it. */
  architecture: AutoencoderArchitecture;
  latentSize: number;
  /**
   * What an output says of its pixel: `gaussian`, a mean with deviation `deviation`; `bernoulli`, a probability. Without
   * `variational`, mean squared error and cross entropy.
   */
  likelihood: 'gaussian' | 'bernoulli';
  deviation: number;
  variational?: Variational;
  codebook?: Codebook;
  corruption?: Corruption;
  /** Share of the encoder's hidden units that each step drops, 0 to 0.95. */
  dropout: number;
  /** Weight of the latent's mean absolute value in the loss; not of a variational one. */
  sparsity: number;
  /** Weight of the encoder's sensitivity, the squared Frobenius norm of its Jacobian (Rifai et al., 2011), in the loss. Default 0. */
  contraction?: number;
  /** Images of black and white drawn anew in each step, a pixel's grey being its probability of white (Salakhutdinov and Murray, 2008). */
  binarize?: boolean;
}

export type ExampleKind = 'image' | 'row' | 'sequence';

const KINDS: Record<number, ExampleKind> = { 1: 'row', 2: 'sequence', 3: 'image' };

export function kindOf({ inputShape }: Pick<AutoencoderSpec, 'inputShape'>): ExampleKind {
  const kind = KINDS[inputShape.length];
  if (!kind) throw new CoreError('INVALID_FIELD', `inputShape: received ${inputShape.length} dimensions, expected 3 of images, 1 of rows, 2 of series`);
  return kind;
}

/** Numbers of one example. */
export const sizeOf = ({ inputShape }: Pick<AutoencoderSpec, 'inputShape'>): number => inputShape.reduce((product, side) => product * side, 1);
