import { upsample2d as upsample } from '../ops/upsample';
import type { Layer } from './layer';

/** [batch, ...] -> [batch, features]. */
export const flatten = (): Layer => (x) => (x.rank === 2 ? x : x.reshape([x.shape[0], x.shape.slice(1).reduce((a, b) => a * b, 1)]));

/** [batch, ...] -> [batch, ...shape]. */
export const reshape = (...shape: number[]): Layer => (x) => x.reshape([x.shape[0], ...shape]);

/** [batch, height, width, channels] -> [batch, height * factor, width * factor, channels], by repetition. */
export const upsample2d = (factor = 2): Layer => (x) => upsample(x, factor);
