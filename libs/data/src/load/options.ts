/** Random changes to training images; all off by default. The plain form of the proto message Augmentation. */
export interface Augmentation {
  /** Largest shift, as a share of width and height, 0 to 0.5. */
  shift?: number;
  /** Largest rotation either way, in degrees, 0 to 180. */
  rotate?: number;
  /** 0 to 0.5: scaled by a factor from 1 - x to 1 + x. */
  scale?: number;
  /** Mirrored left to right, half of the time. */
  flipHorizontal?: boolean;
  /** Probability, 0 to 1, that a rectangle is erased. */
  erase?: number;
}

export interface ImageBatchesOptions {
  /** Examples in a step, at least 1; cut to the number of examples. */
  batchSize: number;
  /** Of order and augmentation, unsigned 64 bit. */
  seed: bigint | number;
  /** Default true. */
  shuffle?: boolean;
  augmentation?: Augmentation;
}
