import { tf } from '../engine';
import type { Layer } from './layer';

/**
 * (x - mean) / standardDeviation, fixed numbers for each channel: [batch, height, width, channels], the input of a network.
 *
 * Over whole rows of pixels: TensorFlow is five times as slow where it repeats a vector of three.
 */
export function normalize(mean: readonly number[], standardDeviation: readonly number[]): Layer {
  return (x) => {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    if (channels === 1) return x.sub(tf().tensor1d([...mean])).div(tf().tensor1d([...standardDeviation]));
    const row = (values: readonly number[]) => tf().tensor1d(new Array<readonly number[]>(width).fill(values).flat());
    return x.reshape([batch * height, width * channels]).sub(row(mean)).div(row(standardDeviation)).reshape(x.shape);
  };
}
