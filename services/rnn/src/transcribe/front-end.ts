import type { FrontEndPlan } from '../audio/front-end';

/** A front end before it has seen its training part. */
export function frontEndOf(sampleRate: number, normalization: FrontEndPlan['normalization']): FrontEndPlan {
  return { sampleRate, bands: 40, windowMs: 25, hopMs: 10, stack: 3, mean: new Array<number>(40).fill(0), deviation: new Array<number>(40).fill(1), normalization };
}

/** Steps of a recording: a network is unrolled over them. 1024 are 30 s. */
export const MAX_STEPS = 1024;
