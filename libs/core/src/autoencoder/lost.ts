import { scoped, tf, type Tensor } from '../engine';

/** What of a part of the examples, such as a column, doesn't come back. Mean squared errors an example's number. */
export interface LostPart {
  /** A column, or of images a band of frequencies: `0.0625 to 0.125 cycles a pixel`. */
  name: string;
  error: number;
  /** Of PCA with as many components as the latent has units. */
  pcaError: number;
  /** Of the mean: what there was to lose. */
  spread: number;
}

/** Of rows [columns], and of series and sequences [time, columns], scaled. NaN in `truth` doesn't count. */
export function lostByColumn(columns: number, names: readonly string[], truth: Float32Array, model: Float32Array, pca: Float32Array): LostPart[] {
  return Array.from({ length: columns }, (_, column) => {
    let [count, sum, squares, error, pcaError] = [0, 0, 0, 0, 0];
    for (let at = column; at < truth.length; at += columns) {
      const value = truth[at] as number;
      if (Number.isNaN(value)) continue;
      count += 1;
      sum += value;
      squares += value ** 2;
      error += ((model[at] as number) - value) ** 2;
      pcaError += ((pca[at] as number) - value) ** 2;
    }
    const mean = sum / count;
    return { name: names[column] ?? `column ${column}`, error: error / count, pcaError: pcaError / count, spread: Math.max(0, squares / count - mean ** 2) };
  });
}

const BANDS = 8;
/** The highest frequency along an axis. */
const NYQUIST = 0.5;

/**
 * Of images: the error's share in each band of radial frequencies, by the orthonormal cosine transform (Ahmed, Natarajan and Rao, 1974), so
 * that the bands' errors add up to the mean squared error of a pixel. The last band holds the corners, beyond 0.5 cycles a pixel, as well.
 */
export function lostByFrequency(shape: readonly number[], truth: Float32Array, model: Float32Array, pca: Float32Array): LostPart[] {
  const [height = 1, width = 1, channels = 1] = shape;
  const bandOf = (row: number, column: number): number => Math.min(BANDS - 1, Math.floor((Math.hypot(row / (2 * height), column / (2 * width)) / NYQUIST) * BANDS));
  const size = height * width * channels;
  const count = truth.length / size;
  const means = new Float32Array(size);
  truth.forEach((value, at) => (means[at % size]! += value / count));
  const differences = [model, pca, means].map((other) => truth.map((value, at) => value - (other[at % other.length] as number)));
  const [error, pcaError, spread] = scoped(() => {
    const [down, across] = [cosines(height), cosines(width)];
    return differences.map((difference) => {
      const apart = tf().tensor4d(difference, [count, height, width, channels]).transpose([0, 3, 1, 2]).reshape([count * channels, height, width]);
      // Rows first: [n * height, width] by [width, width]; then columns.
      const rows = apart.reshape([-1, width]).matMul<Tensor>(across, false, true).reshape([-1, height, width]);
      const both = rows.transpose([0, 2, 1]).reshape([-1, height]).matMul<Tensor>(down, false, true).reshape([-1, width, height]);
      return both.square().sum(0).div(count * size).dataSync<'float32'>();
    });
  }) as [Float32Array, Float32Array, Float32Array];
  const bands = Array.from({ length: BANDS }, (_, band) => ({ name: bandName(band), error: 0, pcaError: 0, spread: 0 }));
  for (let column = 0; column < width; column += 1) {
    for (let row = 0; row < height; row += 1) {
      const band = bands[bandOf(row, column)]!;
      const at = column * height + row;
      band.error += error[at] as number;
      band.pcaError += pcaError[at] as number;
      band.spread += spread[at] as number;
    }
  }
  return bands;
}

const bandName = (band: number): string => `${(band * NYQUIST) / BANDS} to ${((band + 1) * NYQUIST) / BANDS} cycles a pixel`;

/** The orthonormal cosine transform of vectors of a length: [length, length], a row a frequency. */
function cosines(length: number): Tensor {
  const matrix = new Float32Array(length * length);
  for (let frequency = 0; frequency < length; frequency += 1) {
    const scale = Math.sqrt((frequency === 0 ? 1 : 2) / length);
    for (let at = 0; at < length; at += 1) matrix[frequency * length + at] = scale * Math.cos((Math.PI * (at + 0.5) * frequency) / length);
  }
  return tf().tensor2d(matrix, [length, length]);
}
