import type { Normalization } from '../network/spec';

/**
 * 3-D convolutions over time, height and width (Tran et al., "Learning spatiotemporal features with 3D convolutional networks", 2015): a
 * block for each number of filters, a convolution of 3 x 3 x 3 with ReLU and a largest-of pooling by 2. The first block pools height and
 * width alone, so that short motions aren't lost. The mean over time and place, dropout and the classes follow.
 */
export interface Conv3dArchitecture {
  kind: 'conv3d';
  /** Of each block, 1 to 8 blocks of 1 to 1024. */
  filters: number[];
  /** Between each convolution and its ReLU. */
  batchNormalization: boolean;
  /** Before the classes, 0 to 0.95. */
  dropout: number;
}

/**
 * One 2-D network for all frames, pooled over time. With `motion`, the network sees of each frame what changed since the frame before
 * beside the frame itself, as a temporal difference network does (Wang et al., "TDN", 2021): a mean over frames alone doesn't know their
 * order. Blocks of a 3 x 3 convolution with ReLU and a largest-of pooling by 2; the mean over place; `temporalLayers` convolutions of
 * width 3 over time, as wide as the last block; the mean over time, dropout and the classes.
 */
export interface FramesArchitecture {
  kind: 'frames';
  /** Of each block, 1 to 8 blocks of 1 to 1024. */
  filters: number[];
  motion: boolean;
  /** 0 to 4. */
  temporalLayers: number;
  /** Between each 2-D convolution and its ReLU. */
  batchNormalization: boolean;
  /** Before the classes, 0 to 0.95. */
  dropout: number;
}

export type VideoArchitecture = Conv3dArchitecture | FramesArchitecture;

/** A classifying network over clips as plain JSON. Its input is float32 [batch, frames, height, width, channels] in 0..1. */
export interface VideoSpec {
  /** [frames, height, width, channels]. */
  inputShape: number[];
  normalization?: Normalization;
  architecture: VideoArchitecture;
  /** 2 to 65536. */
  classes: number;
}
