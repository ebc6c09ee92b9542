import type { Clipping, NotFinitePolicy } from './options';

/** Base learning rate after so many retries, as a multiple. */
export function retryFactor({ learningRateFactor }: Required<NotFinitePolicy>, retries: number): number {
  return learningRateFactor ** retries;
}

/** Clipping after so many retries. */
export function retryClip({ clipGlobalNorm }: Required<NotFinitePolicy>, clip: Clipping, retries: number): Clipping {
  if (retries === 0 || clipGlobalNorm === 0) return clip;
  return { ...clip, globalNorm: clip.globalNorm ? Math.min(clip.globalNorm, clipGlobalNorm) : clipGlobalNorm };
}

/** What the policy does at the retry of this number, from 1, in words. */
export function describeRetry(policy: Required<NotFinitePolicy>, learningRate: number, clip: Clipping, retries: number, step: number): string {
  const { globalNorm } = retryClip(policy, clip, retries);
  const clipping = globalNorm ? `gradients clipped to global norm ${globalNorm}` : 'no clipping';
  const rate = Number((learningRate * retryFactor(policy, retries)).toPrecision(6));
  return `went back to step ${step}; learning rate ${rate}, ${clipping} (retry ${retries} of ${policy.retries})`;
}
