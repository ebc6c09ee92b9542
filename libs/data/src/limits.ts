import type { Limits } from './types';

/** Used where the caller gives no limit. The services take theirs from the settings QUARTET_MAX_*. */
export const DEFAULT_LIMITS: Readonly<Limits> = {
  maxBytes: 8 * 1024 ** 3,
  maxFiles: 1_000_000,
  maxRatio: 200,
  maxPixels: 64 * 1024 * 1024,
};

/** Below this many bytes no compression ratio is too high. */
export const RATIO_FREE_BYTES = 1024 * 1024;

export const resolveLimits = (limits: Partial<Limits> = {}): Limits => ({ ...DEFAULT_LIMITS, ...limits });
