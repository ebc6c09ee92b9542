import { normalNumbers, uniformNumbers } from '../decoding/random';
import { deriveSeed, type Seed } from '../random';

export interface ExciteOptions {
  /** [height, width, channels]. */
  shape: readonly number[];
  /** What the search starts from, and is drawn back to: a value for each channel, in 0..1. */
  grey: readonly number[];
  steps: number;
  seed: Seed;
  /** How strongly neighbouring pixels are drawn to one another; 0: not at all. */
  smoothness: number;
  /** How strongly pixels are drawn back to grey; 0: not at all. */
  decay: number;
  /** Pixels that the image is shifted by at random from step to step. */
  jitter: number;
}

/** How active the unit is on an image, and the slope of that by each pixel. */
export type SlopeOf = (image: Float32Array) => Promise<{ value: number; slope: Float32Array }>;

export interface Excited {
  /** [height, width, channels], flat, in 0..1. */
  image: Float32Array;
  value: number;
  /** On grey alone. */
  before: number;
}

const RATE = 0.05;
const [BETA1, BETA2] = [0.9, 0.999];
/** Deviation of the noise on the first image. */
const NOISE = 0.02;

/**
 * An image that excites a unit, by gradient ascent on its pixels from grey with a little noise (Erhan et al., 2009). What keeps it from being noise itself,
 * as Olah et al. (2017) list them: pixels are drawn to their neighbours and to grey, stay in 0..1, and the image is shifted a little at each step. Steps are Adam's
 * on the gradient scaled to a mean square of 1, so that all units move alike. Depends on its arguments alone.
 */
export async function excite(slopeOf: SlopeOf, options: ExciteOptions): Promise<Excited> {
  const { shape, grey, steps, seed, smoothness, decay, jitter } = options;
  const size = shape.reduce((a, b) => a * b, 1);
  const normal = normalNumbers(deriveSeed(seed, 'noise'));
  const uniform = uniformNumbers(deriveSeed(seed, 'jitter'));
  const rest = Float32Array.from({ length: size }, (_, at) => grey[at % grey.length] ?? 0.5);
  const x = rest.map((value) => clamp(value + NOISE * normal()));
  const [m, v] = [new Float64Array(size), new Float64Array(size)];
  const { value: before } = await slopeOf(rest.slice());
  for (let step = 1; step <= steps; step += 1) {
    const [down = 0, right = 0] = [0, 0].map(() => Math.floor(uniform() * (2 * jitter + 1)) - jitter);
    const { slope } = await slopeOf(rolled(x, shape, down, right));
    const gradient = rolled(slope, shape, -down, -right);
    const scale = 1 / (Math.sqrt(gradient.reduce((sum, each) => sum + each * each, 0) / size) + 1e-12);
    const rough = roughness(x, shape);
    const rate = (RATE * (1 - (step - 1) / (2 * steps)) * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
    for (let at = 0; at < size; at += 1) {
      const uphill = gradient[at]! * scale - decay * (x[at]! - rest[at]!) - smoothness * rough[at]!;
      m[at] = BETA1 * m[at]! + (1 - BETA1) * uphill;
      v[at] = BETA2 * v[at]! + (1 - BETA2) * uphill * uphill;
      x[at] = clamp(x[at]! + (rate * m[at]!) / (Math.sqrt(v[at]!) + 1e-8));
    }
  }
  const { value } = await slopeOf(x.slice());
  return { image: x, value, before };
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** The image moved down and to the right; what leaves at one edge comes in at the other. */
function rolled(image: Float32Array, [height = 0, width = 0, channels = 0]: readonly number[], down: number, right: number): Float32Array {
  const out = new Float32Array(image.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * channels;
      const to = (((y + down + height) % height) * width + ((x + right + width) % width)) * channels;
      for (let channel = 0; channel < channels; channel += 1) out[to + channel] = image[from + channel]!;
    }
  }
  return out;
}

/** Half the slope of the squared differences to the neighbours below and to the right, by each pixel. */
function roughness(image: Float32Array, [height = 0, width = 0, channels = 0]: readonly number[]): Float32Array {
  const out = new Float32Array(image.length);
  const add = (a: number, b: number): void => {
    const difference = image[a]! - image[b]!;
    out[a]! += difference;
    out[b]! -= difference;
  };
  for (let y = 0; y < height; y += 1) {
    for (let at = y * width * channels; at < (y + 1) * width * channels; at += 1) {
      if (at + channels < (y + 1) * width * channels) add(at, at + channels);
      if (y + 1 < height) add(at, at + width * channels);
    }
  }
  return out;
}
