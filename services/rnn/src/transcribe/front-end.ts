import type { FrontEndPlan } from '../audio/front-end';

/** A front end before it has seen its training part. */
export function frontEndOf(sampleRate: number, normalization: FrontEndPlan['normalization']): FrontEndPlan {
  // So many that each still holds a frequency of the window.
  const bands = Math.min(40, Math.floor(sampleRate / 200));
  return { sampleRate, bands, windowMs: 25, hopMs: 10, stack: 3, mean: new Array<number>(bands).fill(0), deviation: new Array<number>(bands).fill(1), normalization };
}

/** Steps of a recording: a network is unrolled over them. 1024 are 30 s. */
export const MAX_STEPS = 1024;
