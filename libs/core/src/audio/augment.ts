import { CoreError } from '../errors';
import { normalNumbers, uniformNumbers } from '../decoding/random';
import { deriveSeed, type Seed } from '../random';

/** Ranges to draw from, evenly, for each recording; what is left out isn't done. */
export interface AudioAugmentation {
  /** Factors: [0.9, 1.1] changes speed and pitch by a tenth (Ko et al., 2015). */
  speed?: readonly [number, number];
  /** Signal-to-noise ratios of white noise, in decibels. */
  noise?: readonly [number, number];
  /** Decibels. */
  gain?: readonly [number, number];
}

/** One drawing of the augmentations: speed, then noise, then gain. Always the same for a seed. */
export function augmentAudio(samples: Float32Array, { speed, noise, gain }: AudioAugmentation, seed: Seed): Float32Array {
  const next = uniformNumbers(seed);
  const draw = ([low, high]: readonly [number, number]): number => low + (high - low) * next();
  let result = samples;
  if (speed) result = changeSpeed(result, draw(speed));
  if (noise) result = addNoise(result, draw(noise), deriveSeed(seed, 'noise'));
  if (gain) result = changeGain(result, draw(gain));
  return result === samples ? samples.slice() : result;
}

/**
 * Plays faster by `factor`, and higher: what was at time t is at t / factor. Between samples a cubic through the four nearest (Catmull
 * and Rom, 1974).
 *
 * @param factor 0.5 to 2.
 */
export function changeSpeed(samples: Float32Array, factor: number): Float32Array {
  if (!(factor >= 0.5 && factor <= 2)) throw CoreError.invalid('speed', `received ${factor}, expected 0.5 to 2`);
  const last = samples.length - 1;
  const result = new Float32Array(Math.floor(samples.length / factor));
  for (let index = 0; index < result.length; index += 1) {
    const position = index * factor;
    const whole = Math.floor(position);
    const t = position - whole;
    const b = samples[Math.min(whole, last)] as number;
    const a = samples[Math.max(whole - 1, 0)] as number;
    const c = samples[Math.min(whole + 1, last)] as number;
    const d = samples[Math.min(whole + 2, last)] as number;
    result[index] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  }
  return result;
}

/** Adds white noise. Silence stays silent: it has no ratio to noise. @param decibels Of the signal's power over the noise's. */
export function addNoise(samples: Float32Array, decibels: number, seed: Seed): Float32Array {
  const next = normalNumbers(seed);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(samples.length, 1);
  const deviation = Math.sqrt(power / 10 ** (decibels / 10));
  return samples.map((sample) => sample + deviation * next());
}

/** Louder by so many decibels; isn't cut off at 1. */
export function changeGain(samples: Float32Array, decibels: number): Float32Array {
  const factor = 10 ** (decibels / 20);
  return samples.map((sample) => sample * factor);
}
