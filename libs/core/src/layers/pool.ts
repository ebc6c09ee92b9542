import { averagePool2d as average, globalAveragePool as globalAverage, maxPool2d as max, type PoolOptions } from '../ops/pool';
import type { Layer } from './layer';

/** [batch, height, width, channels] -> the largest of each window. */
export const maxPool2d = (options: PoolOptions = {}): Layer => (x) => max(x, options);

/** [batch, height, width, channels] -> the mean of each window. */
export const averagePool2d = (options: PoolOptions = {}): Layer => (x) => average(x, options);

/** [batch, ..., channels] -> [batch, channels]. */
export const globalAveragePool = (): Layer => globalAverage;
