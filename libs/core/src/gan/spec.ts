/**
 * `dense`: hidden layers of so many units. `convolutional`: transposed convolutions that each double every side (Radford et al., 2016), or of sound
 * quadruple its length (Donahue et al., 2019); `filters` are those of the discriminator, from the example on, and the generator mirrors them.
 * `residual`: blocks of two convolutions each, images only (Gulrajani et al., 2017).
 */
export type GanArchitecture = { kind: 'dense'; units: number[] } | { kind: 'convolutional' | 'residual'; filters: number[] };

/**
 * `nonSaturating`: Goodfellow et al., 2014. `leastSquares`: Mao et al., 2017. `hinge`: Lim and Ye, 2017. `wasserstein`: Arjovsky et al., 2017, with the
 * gradient penalty of Gulrajani et al., 2017.
 */
export type AdversarialLoss = 'nonSaturating' | 'leastSquares' | 'hinge' | 'wasserstein';

/**
 * `unconditional`: classes are ignored. `conditional`: both players are told the class, the discriminator by projection (Miyato and Koyama, 2018).
 * `semiSupervised`: the discriminator also classifies, learning from few labels, and the generator matches its features (Salimans et al., 2016).
 */
export type GanMode = 'unconditional' | 'conditional' | 'semiSupervised';

/** Random changes to whatever the discriminator sees, real or not, through which gradients pass (Zhao et al., 2020). Images only. */
export interface DiscriminatorAugmentation {
  /** Whole pixels along both axes, at most. */
  shift: number;
  /** Mirrors half of the images. */
  flip: boolean;
  /** Turns each image by up to so many degrees. Default 0. */
  rotation?: number;
  /** Enlarges or shrinks each image by a factor of up to 1 + zoom. Default 0. */
  zoom?: number;
  /** Share of each side that a blackened square takes; 0: none. */
  cutout: number;
}

/** A generator and its discriminator. Plain JSON. */
export interface GanSpec {
  /** [columns] of a table, [time, channels] of sound in -1..1, [height, width, channels] of an image or [frames, height, width, channels] of a video in 0..1. */
  exampleShape: number[];
  architecture: GanArchitecture;
  latentSize: number;
  mode: GanMode;
  /** Of a conditional or semi-supervised one; 0 otherwise. */
  classes: number;
  loss: AdversarialLoss;
  /** Divides each kernel of the discriminator by its largest singular value (Miyato et al., 2018). */
  spectralNormalization: boolean;
  /** Shows the discriminator how much the examples of a group differ (Karras et al., 2018). */
  minibatchDeviation: boolean;
  /** Deviation of normal noise that is added to what the discriminator sees in training; 0: none. */
  instanceNoise: number;
  /** Deviation of normal noise that is added in training to the discriminator's last hidden layer; unset: none. */
  featureNoise?: number;
  /** The generator matches the means of the discriminator's last hidden layer, in place of its loss (Salimans et al., 2016). Default: of a semi-supervised one. */
  featureMatching?: boolean;
  augmentation?: DiscriminatorAugmentation;
  /** Of a table: mean and standard deviation of each column, by which it is brought to scale. */
  columns?: { mean: number[]; standardDeviation: number[] };
}

/** Numbers of one example. */
export const exampleSize = ({ exampleShape }: Pick<GanSpec, 'exampleShape'>): number => exampleShape.reduce((product, side) => product * side, 1);

/** Whether the generator matches features: one that only fools the discriminator teaches it less of the classes (Salimans et al., 2016). */
export const matchesFeatures = ({ mode, featureMatching }: Pick<GanSpec, 'mode' | 'featureMatching'>): boolean => featureMatching ?? mode === 'semiSupervised';
