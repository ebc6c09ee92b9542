import type { StepDiagnostics } from './diagnostics';
import type { EpochRecord, Verdict } from './events';
import { initialTimeHealth, judgeTime, observeLoss, type TimeHealth } from './time-health';

/** Something that a training suffers from, with what to do. */
export interface Finding {
  verdict: Verdict;
  evidence: string;
  remedy: string;
  /** The gradient was followed through the time steps of a recurrent net. */
  throughTime?: boolean;
}

/** What has been seen so far. Plain JSON. */
export interface HealthState {
  /** Gradient norms of the last diagnosed steps, those that explode left out. */
  norms: number[];
  /** Diagnosed steps in a row that speak for each verdict. */
  streaks: Partial<Record<Verdict, number>>;
  /** Each verdict is given once a training. */
  given: Verdict[];
  time: TimeHealth;
}

export const initialHealth = (): HealthState => ({ norms: [], streaks: {}, given: [], time: initialTimeHealth() });

export interface StepObservation {
  /** From 1. */
  step: number;
  gradientNorm: number;
  diagnostics: StepDiagnostics;
  /** Elements of each weight. */
  sizes: ReadonlyMap<string, number>;
}

// A wrong alarm costs more trust than a late one: each limit lies far outside of what sound trainings show, and a single
// diagnosed step proves nothing.
const LIMITS = {
  streak: 3,
  exploding: { overMedian: 100, least: 100, remembered: 20, needed: 5 },
  /** Of the first kernel's gradient to the last one's, root mean squares. */
  vanishing: { ratio: 1e-5, kernels: 3 },
  deadUnits: 0.9,
  stalled: { epochs: 5, fall: 0.01 },
};

/** Counts a step that isn't diagnosed as well. */
export function observeStep(state: HealthState, loss: number): void {
  observeLoss(state.time, loss);
}

/** Judges a diagnosed step; updates `state`. */
export function judgeStep(state: HealthState, observation: StepObservation): Finding[] {
  const { step, diagnostics } = observation;
  const throughTime = diagnostics.recurrent ? judgeTime(state.time, step, diagnostics.recurrent) : [];
  return [...throughTime.flatMap((finding) => give(state, finding)), ...judgeLayers(state, observation)];
}

function judgeLayers(state: HealthState, observation: StepObservation): Finding[] {
  const dead = deadUnits(observation);
  // Where units are dead, that is why no gradient passes.
  const findings = [exploding(state, observation), dead, dead ? undefined : vanishing(observation)];
  const verdicts: Verdict[] = ['exploding', 'dead_units', 'vanishing'];
  return verdicts.flatMap((verdict, index) => {
    const finding = findings[index];
    const streak = finding ? (state.streaks[verdict] ?? 0) + 1 : 0;
    state.streaks[verdict] = streak;
    return finding && streak >= LIMITS.streak ? give(state, finding) : [];
  });
}

/** Judges the epochs so far; updates `state`. */
export function judgeEpochs(state: HealthState, history: readonly EpochRecord[]): Finding[] {
  const { epochs, fall } = LIMITS.stalled;
  const losses = history.map(({ metrics }) => metrics.loss ?? NaN);
  const first = losses[0] ?? NaN;
  const least = Math.min(...losses);
  if (history.length < epochs || !(first > 0) || !(least > first * (1 - fall))) return [];
  return give(state, {
    verdict: 'stalled',
    evidence: `the training loss was ${short(first)} in epoch 1 and never fell below ${short(least)} in ${history.length} epochs`,
    remedy: 'train with another learning rate (try 10 times as much, then a tenth), and look whether the labels belong to the examples',
  });
}

function give(state: HealthState, finding: Finding): Finding[] {
  if (state.given.includes(finding.verdict)) return [];
  state.given.push(finding.verdict);
  return [finding];
}

function exploding(state: HealthState, { gradientNorm }: StepObservation): Finding | undefined {
  const { overMedian, least, remembered, needed } = LIMITS.exploding;
  const { norms } = state;
  const usual = median(norms);
  if (norms.length < needed || gradientNorm < least || gradientNorm < overMedian * usual) {
    norms.push(gradientNorm);
    if (norms.length > remembered) norms.shift();
    return undefined;
  }
  return {
    verdict: 'exploding',
    evidence: `the gradient norm is ${short(gradientNorm)}, ${Math.round(gradientNorm / usual)} times its median of ${short(usual)} over ${norms.length} diagnosed steps`,
    remedy: 'clip the gradients to a global norm (say 1), and train with a lower learning rate',
  };
}

function vanishing({ diagnostics, sizes }: StepObservation): Finding | undefined {
  const { ratio: limit, kernels: needed } = LIMITS.vanishing;
  const kernels = Object.keys(diagnostics.updateRatios);
  const [first, last] = [kernels[0], kernels.at(-1)];
  if (first === undefined || last === undefined || kernels.length < needed) return undefined;
  const size = (name: string): number => (diagnostics.gradientNorms[name] ?? NaN) / Math.sqrt(sizes.get(name) ?? NaN);
  const ratio = size(first) / size(last);
  if (!(ratio < limit)) return undefined;
  return {
    verdict: 'vanishing',
    evidence: `the gradient of ${first} is ${short(ratio)} of that of ${last} (root mean squares)`,
    remedy: 'use ReLU in place of sigmoid or tanh, add batch normalization, or use fewer layers',
  };
}

function deadUnits({ diagnostics }: StepObservation): Finding | undefined {
  const dead = Object.entries(diagnostics.deadUnits).filter(([, share]) => share >= LIMITS.deadUnits);
  if (dead.length === 0) return undefined;
  const shares = dead.map(([layer, share]) => `${Math.round(share * 100)} % of ${layer}`).join(', ');
  return {
    verdict: 'dead_units',
    evidence: `ReLU units that gave 0 for a whole batch: ${shares}`,
    remedy: 'train with a lower learning rate, use leaky ReLU or ELU, or normalize the inputs',
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

const short = (value: number): string => value.toPrecision(3);
