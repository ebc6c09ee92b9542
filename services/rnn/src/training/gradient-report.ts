import type { Trainer } from '@quartet/core';
import type { WatchedBuild } from './watched-run';

/**
 * What a version's manifest says of the gradient through time, and its metrics: `gradients/reach`, of the cell whose gradient reaches back
 * least far, in steps before the end at the last look; `gradients/spectralRadius`, the largest of the recurrent kernels.
 */
export function gradientReport(core: Trainer, { network, applied }: Pick<WatchedBuild, 'network' | 'applied'>): { metrics: Record<string, number>; extra: { gradients: Record<string, unknown> } } {
  const { first, last } = core.throughTime;
  const [reaches, radii] = [Object.values(last?.reach ?? {}), Object.values(last?.radii ?? {})];
  return {
    metrics: { ...(reaches.length > 0 && { 'gradients/reach': Math.min(...reaches) }), ...(radii.length > 0 && { 'gradients/spectralRadius': Math.max(...radii) }) },
    extra: { gradients: { policy: network.gradients ?? 'propose', applied, first, last } },
  };
}
