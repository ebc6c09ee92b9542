import { pixelNormalize } from '../ops/pixel-normalize';
import type { Layer } from './layer';

/** Divides each position's channels by their root mean square (Karras et al., 2018): [batch, ..., channels]. No weights. */
export const pixelNormalization = (): Layer => (x) => pixelNormalize(x);
