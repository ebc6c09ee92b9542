/** Mean and population standard deviation by channel or column. */
export interface Statistics {
  mean: number[];
  standardDeviation: number[];
}

/**
 * Learns the normalization from examples: uint8 counts as 0..1. A channel or column without spread gets the standard
 * deviation 1, so that dividing by it is safe.
 *
 * @param data Row-major, the last dimension being channels or columns.
 * @param channels Size of that dimension.
 */
export function statistics(data: Uint8Array | Float32Array, channels: number): Statistics {
  const { mean, variance } = data instanceof Uint8Array ? ofBytes(data, channels) : ofFloats(data, channels);
  // The square root is exactly rounded by IEEE 754, so these are the same on every machine.
  return { mean, standardDeviation: variance.map((value) => (value > 0 ? Math.sqrt(value) : 1)) };
}

interface Moments {
  mean: number[];
  variance: number[];
}

/** Exact sums of whole numbers, by way of a histogram. */
function ofBytes(data: Uint8Array, channels: number): Moments {
  const histogram = new Float64Array(channels * 256);
  for (let i = 0; i < data.length; i += channels) {
    for (let channel = 0; channel < channels; channel++) histogram[channel * 256 + data[i + channel]!]!++;
  }
  const count = data.length / channels;
  const [mean, variance]: [number[], number[]] = [[], []];
  for (let channel = 0; channel < channels; channel++) {
    const [sum, squares] = [0, 1].map((power) =>
      histogram.subarray(channel * 256, channel * 256 + 256).reduce((total, times, value) => total + times * value * (power ? value : 1), 0),
    ) as [number, number];
    const average = sum / count;
    mean.push(average / 255);
    variance.push(Math.max(0, squares / count - average * average) / (255 * 255));
  }
  return { mean, variance };
}

/** Two passes, so that a mean far from 0 costs no digits. NaN, the padding of sequences, doesn't count. */
function ofFloats(data: Float32Array, channels: number): Moments {
  const counts = new Array<number>(channels).fill(0);
  const mean = new Array<number>(channels).fill(0);
  const variance = new Array<number>(channels).fill(0);
  for (let i = 0; i < data.length; i++) {
    if (Number.isNaN(data[i])) continue;
    mean[i % channels]! += data[i]!;
    counts[i % channels]!++;
  }
  for (let channel = 0; channel < channels; channel++) mean[channel]! /= counts[channel]!;
  for (let i = 0; i < data.length; i++) if (!Number.isNaN(data[i])) variance[i % channels]! += (data[i]! - mean[i % channels]!) ** 2;
  return { mean, variance: variance.map((sum, channel) => sum / counts[channel]!) };
}
