import { LogMel } from '../../audio/log-mel';
import type { FeatureExtractor } from './features';

const BANDS = 16;
/** Parts of a sound, one after the other, whose spectra are told apart. */
const SPANS = 4;
/** Side of the squares over which a video's pixels are averaged. */
const SQUARE = 4;

/**
 * What sounds are compared by: the log-mel spectrum of each quarter, and how each band varies over the whole. A distance of these is one of spectra.
 *
 * @param samples Of an example, [samples, 1] in -1..1.
 */
export function soundFeatures(samples: number, sampleRate: number): FeatureExtractor {
  const frontEnd = new LogMel({ sampleRate, bands: BANDS });
  const size = BANDS * (SPANS + 1);
  return {
    size,
    run({ shape, data }) {
      const [count = 0] = shape;
      const features = new Float32Array(count * size);
      for (let row = 0; row < count; row += 1) {
        const { data: frames, shape: [total = 0] } = frontEnd.frames({ samples: (data as Float32Array).subarray(row * samples, (row + 1) * samples), sampleRate });
        for (let band = 0; band < BANDS; band += 1) {
          const values = Array.from({ length: total }, (_, frame) => frames[frame * BANDS + band] as number);
          for (let span = 0; span < SPANS; span += 1) features[row * size + span * BANDS + band] = mean(values.slice(Math.floor((span * total) / SPANS), Math.floor(((span + 1) * total) / SPANS)));
          const middle = mean(values);
          features[row * size + SPANS * BANDS + band] = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
        }
      }
      return { features };
    },
    dispose: () => {},
  };
}

/** What videos are compared by: squares of each frame, on average over the frames, and of what changes from each frame to the next. @param shape [frames, height, width, channels]. */
export function videoFeatures([frames = 1, height = 1, width = 1, channels = 1]: readonly number[]): FeatureExtractor {
  const [tall, wide] = [Math.ceil(height / SQUARE), Math.ceil(width / SQUARE)];
  const squares = tall * wide;
  const size = 2 * squares;
  const frame = height * width * channels;
  return {
    size,
    run({ shape, data }) {
      const [count = 0] = shape;
      const features = new Float32Array(count * size);
      for (let row = 0; row < count; row += 1) {
        for (let at = 0; at < frame * frames; at += 1) {
          const place = Math.floor((at % frame) / channels);
          const square = Math.floor(Math.floor(place / width) / SQUARE) * wide + Math.floor((place % width) / SQUARE);
          const value = data[row * frame * frames + at] as number;
          features[row * size + square]! += value / (frames * SQUARE ** 2 * channels);
          if (at >= frame) features[row * size + squares + square]! += Math.abs(value - (data[row * frame * frames + at - frame] as number)) / ((frames - 1) * SQUARE ** 2 * channels);
        }
      }
      return { features };
    },
    dispose: () => {},
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
