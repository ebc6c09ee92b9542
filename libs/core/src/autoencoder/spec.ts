/** How the inputs of a denoising autoencoder are spoiled; it learns to give back what they were (Vincent et al., 2010). */
export interface Corruption {
  /**
   * `gaussian`: adds noise of deviation `level`, cut to 0..1. `saltAndPepper`: a share `level` of the pixels becomes 0 or 1.
   * `masking`: a share `level` of the pixels becomes 0. `blur`: a Gaussian blur of deviation `level`, in pixels.
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

/** `dense`: hidden layers of so many units. `convolutional`: each convolution halves height and width; then `units`, if above 0, fully connected. */
export type AutoencoderArchitecture = { kind: 'dense'; units: number[] } | { kind: 'convolutional'; filters: number[]; kernelSize: number; units: number };

export interface AutoencoderSpec {
  /** [height, width, channels]; values in 0..1. */
  inputShape: number[];
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
  corruption?: Corruption;
  /** Share of the encoder's hidden units that each step drops, 0 to 0.95. */
  dropout: number;
  /** Weight of the latent's mean absolute value in the loss; not of a variational one. */
  sparsity: number;
}

/** Numbers of one example. */
export const sizeOf = ({ inputShape }: Pick<AutoencoderSpec, 'inputShape'>): number => inputShape.reduce((product, side) => product * side, 1);
