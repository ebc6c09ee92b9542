import type { Finding } from './health';
import type { RecurrentObservation } from './recurrent-watch';
import { judgeTimeGradients } from './time-gradients';

/** One look at the gradient through time. Plain JSON. */
export interface TimeLook {
  /** From 1. */
  step: number;
  /** |dL/dh_t| by the path of the cell, thinned out to at most 64 steps. */
  curves: Record<string, number[]>;
  /** Time steps of the sequences, by the path of the cell. */
  lengths: Record<string, number>;
  /** Steps before the end over which it stays above a hundredth of what it is near the end, by the path of the cell. */
  reach: Record<string, number>;
  /** Spectral radii of the recurrent kernels, by name. */
  radii: Record<string, number>;
}

/** What has been seen of the gradient through time. Plain JSON. */
export interface TimeHealth {
  /** Moving average of the steps' losses; and what it was at the last look. */
  loss?: number;
  lossAtLook?: number;
  streaks: { vanishing: number; exploding: number };
  first?: TimeLook;
  last?: TimeLook;
}

export const initialTimeHealth = (): TimeHealth => ({ streaks: { vanishing: 0, exploding: 0 } });

const LIMITS = {
  /** Looks in a row that speak for a verdict. */
  streak: 4,
  /** Of the moving average of the losses, a step. */
  decay: 0.9,
  /** Share by which the loss falls from one look to the next where a net learns: then a gradient that vanishes is no fault. */
  learns: 0.1,
  kept: 64,
};

/** Counts a step's loss. */
export function observeLoss(state: TimeHealth, loss: number): void {
  state.loss = state.loss === undefined ? loss : LIMITS.decay * state.loss + (1 - LIMITS.decay) * loss;
}

/** Judges a look at the gradient through time (see judgeTimeGradients); updates `state`. */
export function judgeTime(state: TimeHealth, step: number, { curves, radii }: RecurrentObservation): Finding[] {
  const paths = Object.keys(curves).filter((path) => (curves[path] as number[]).length >= 2);
  const reports = paths.map((path) => ({ path, ...judgeTimeGradients(curves[path] as number[]) }));
  const look: TimeLook = {
    step,
    curves: Object.fromEntries(paths.map((path) => [path, thinned(curves[path] as number[], LIMITS.kept).map(rounded)])),
    lengths: Object.fromEntries(paths.map((path) => [path, (curves[path] as number[]).length])),
    reach: Object.fromEntries(reports.map(({ path, reach }) => [path, reach])),
    radii,
  };
  state.first ??= look;
  state.last = look;
  const learns = state.lossAtLook !== undefined && (state.loss ?? NaN) < state.lossAtLook * (1 - LIMITS.learns);
  state.lossAtLook = state.loss;
  return (['vanishing', 'exploding'] as const).flatMap((verdict) => {
    const report = reports.find(({ finding }) => finding?.verdict === verdict);
    const speaks = report !== undefined && !(verdict === 'vanishing' && learns);
    state.streaks[verdict] = speaks ? state.streaks[verdict] + 1 : 0;
    if (!report?.finding || state.streaks[verdict] < LIMITS.streak) return [];
    const { path, finding } = report;
    return [{ verdict, evidence: `in ${path} ${finding.evidence}${radiusOf(path, radii)}`, remedy: finding.remedy, throughTime: true }];
  });
}

/** Where on its way back a gradient was lost that isn't finite. */
export function whereLost(curves: Record<string, number[]>): string | undefined {
  for (const [path, norms] of Object.entries(curves)) {
    const { finding } = norms.length < 2 ? {} : judgeTimeGradients(norms);
    if (finding?.verdict === 'not_finite') return `in ${path} ${finding.evidence}`;
  }
  return undefined;
}

function radiusOf(path: string, radii: Record<string, number>): string {
  const radius = radii[`${path}.recurrent_kernel`];
  return radius === undefined ? '' : `; the recurrent kernel's spectral radius is ${radius.toPrecision(3)}`;
}

/** At most `most` of the values, 2 or more, spread evenly from the first to the last. */
export function thinned(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, index) => values[Math.round((index * (values.length - 1)) / (most - 1))] as number);
}

const rounded = (value: number): number => Number(value.toPrecision(4));
