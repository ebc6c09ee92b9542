import type { rnn } from '@quartet/contracts';
import type { AudioAugmentation } from '@quartet/core';
import type { Violations } from '@quartet/service-kit';

/** A request's augmentation with its defaults filled in. */
export type ResolvedAugmentation = Required<{ [K in keyof rnn.SpeechAugmentation]: number }>;

const DEFAULTS: ResolvedAugmentation = { speed: 0.15, noiseDb: 10, gainDb: 10 };
/** Noise that is so far below the speech is none. It is drawn from all that is louder: clean sound has to be among what is learned from. */
const NO_NOISE_DB = 60;

/** @param path Of the augmentation in the request. */
export function resolveAugmentation(given: rnn.SpeechAugmentation | undefined, violations: Violations, path: string): ResolvedAugmentation {
  const { speed, noiseDb, gainDb } = { ...DEFAULTS, ...Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) };
  violations.number(`${path}.speed`, speed, 0, 0.5);
  violations.number(`${path}.noise_db`, noiseDb, 0, NO_NOISE_DB);
  violations.number(`${path}.gain_db`, gainDb, 0, 40);
  return { speed, noiseDb, gainDb };
}

/** As core takes it. */
export function toAugmentation({ speed, noiseDb, gainDb }: ResolvedAugmentation): AudioAugmentation {
  return {
    ...(speed > 0 && { speed: [1 - speed, 1 + speed] as const }),
    ...(noiseDb < NO_NOISE_DB && { noise: [noiseDb, NO_NOISE_DB] as const }),
    ...(gainDb > 0 && { gain: [-gainDb, gainDb] as const }),
  };
}
