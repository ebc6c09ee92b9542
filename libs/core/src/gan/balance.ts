import type { Verdict } from '../training/events';

/** What the controller may do. */
export interface BalanceSettings {
  /** Whether findings are acted on; otherwise they are only told. */
  act: boolean;
  /** Rounds without a better distance before the training ends; 0: it never does. */
  patience: number;
  /** Share by which the distance must fall to count as better. */
  minImprovement: number;
  /** Times that the training goes back to its best round, at most. */
  rollbacks: number;
}

/** What one round measured. */
export interface Observation {
  step: number;
  /** Means since the last round. */
  discriminatorLoss: number;
  generatorLoss: number;
  discriminatorNorm: number;
  generatorNorm: number;
  /** Share of held-out real examples, of generated ones and of training examples that the discriminator takes for what they are. */
  realAccuracy: number;
  fakeAccuracy: number;
  seenAccuracy: number;
  /** Spread of generated examples over that of real ones. */
  diversity: number;
  /** Of generated examples to real ones. */
  distance: number;
  /** Median distance of a generated example to its nearest training example, over that of a held-out one; undefined where it isn't measured. */
  nearest?: number;
}

/** Where the controller stands. Plain JSON. */
export interface BalanceState {
  /** On the players' learning rates, and on their penalties. */
  rates: { discriminator: number; generator: number };
  regularization: number;
  updates: { discriminator: number; generator: number };
  rounds: Observation[];
  /** Number of the best round, from 1; of a semi-supervised GAN the latest. */
  best?: { round: number; step: number; distance: number };
  rollbacks: number;
  /** Round of each verdict's last telling. */
  told: Partial<Record<Verdict, number>>;
}

/** Something that the training suffers from, and what is done about it, as a change of the state. */
export interface BalanceFinding {
  verdict: Verdict;
  evidence: string;
  remedy: string;
  rollBack?: boolean;
}

const LIMITS = {
  /** Rounds in a row. */
  streak: 2,
  domination: 0.95,
  collapse: 0.4,
  oscillation: { rounds: 6, turns: 4, swing: 1, overBest: 3 },
  memorization: { nearest: 0.6, gap: 0.2 },
  /** Rounds before the same is told, and acted on, again. */
  pause: 2,
  rate: 1 / 16,
  regularization: 64,
};

export const initialBalance = (updates: BalanceState['updates']): BalanceState => ({
  rates: { discriminator: 1, generator: 1 },
  regularization: 1,
  updates,
  rounds: [],
  rollbacks: 0,
  told: {},
});

/** Enters a round. @param latest Whether the latest round always counts as the best. @returns whether it is the best so far. */
export function observe(state: BalanceState, observation: Observation, { minImprovement }: BalanceSettings, latest = false): boolean {
  state.rounds.push(observation);
  const { distance, step } = observation;
  const better = Number.isFinite(distance) && (latest || state.best === undefined || distance < state.best.distance * (1 - minImprovement));
  if (better) state.best = { round: state.rounds.length, step, distance };
  return better;
}

/** Whether the distance has not been better for as long as the settings wait. */
export const hasStalled = ({ rounds, best }: BalanceState, { patience }: BalanceSettings): boolean => patience > 0 && rounds.length - (best?.round ?? 0) >= patience;

/** Judges the rounds so far, and changes rates, penalties and ratio where the settings let it. */
export function judgeBalance(state: BalanceState, settings: BalanceSettings): BalanceFinding[] {
  const round = state.rounds.length;
  return [collapse(state), oscillation(state), domination(state), memorization(state)].flatMap((found) => {
    if (!found) return [];
    const { act, ...finding } = found;
    if (round - (state.told[finding.verdict] ?? -Infinity) <= LIMITS.pause) return [];
    state.told[finding.verdict] = round;
    if (!settings.act) return [finding];
    const done = act(settings);
    return [{ ...finding, remedy: done.join(', '), rollBack: done.includes(BACK) }];
  });
}

type Found = Omit<BalanceFinding, 'rollBack'> & { act: (settings: BalanceSettings) => string[] };
const BACK = 'went back to the best round';

function collapse(state: BalanceState): Found | undefined {
  const last = state.rounds.slice(-LIMITS.streak);
  if (last.length < LIMITS.streak || !last.every(({ diversity }) => diversity < LIMITS.collapse)) return undefined;
  return {
    verdict: 'mode_collapse',
    evidence: `generated examples vary ${percent(last.at(-1)!.diversity)} as much as real ones (${percent(last[0]!.diversity)} a round before)`,
    remedy: 'a stronger penalty (r1), minibatch deviation, spectral normalization, or a lower generator learning rate',
    act: (settings) => [...back(state, settings, (best) => best.diversity >= LIMITS.collapse), slow(state, 'generator'), strengthen(state)],
  };
}

function oscillation(state: BalanceState): Found | undefined {
  const { rounds, turns, swing, overBest } = LIMITS.oscillation;
  const last = state.rounds.slice(-rounds).map(({ distance }) => distance);
  const changes = last.slice(1).map((distance, at) => Math.sign(distance - last[at]!));
  const turned = changes.slice(1).filter((change, at) => change * changes[at]! < 0).length;
  const [least, most] = [Math.min(...last), Math.max(...last)];
  const swings = last.length === rounds && turned >= turns && (most - least) / least > swing;
  const best = state.best?.distance ?? NaN;
  const away = state.rounds.slice(-LIMITS.streak);
  const left = away.length === LIMITS.streak && away.every(({ distance }) => distance > overBest * best);
  if (!swings && !left) return undefined;
  return {
    verdict: 'oscillation',
    evidence: swings
      ? `the distance turned ${turned} times in ${rounds} rounds, between ${short(least)} and ${short(most)}`
      : `the distance was ${short(best)} in round ${state.best?.round} and is above ${overBest} times that for ${LIMITS.streak} rounds, last ${short(last.at(-1)!)}`,
    remedy: 'lower learning rates of both, or a stronger penalty (r1)',
    act: (settings) => [...back(state, settings, () => true), slow(state, 'discriminator'), slow(state, 'generator')],
  };
}

function domination(state: BalanceState): Found | undefined {
  const last = state.rounds.slice(-LIMITS.streak);
  const sure = ({ realAccuracy, fakeAccuracy }: Observation): number => (realAccuracy + fakeAccuracy) / 2;
  if (last.length < LIMITS.streak || !last.every((each) => sure(each) >= LIMITS.domination)) return undefined;
  const now = last.at(-1)!;
  return {
    verdict: 'discriminator_domination',
    evidence: `it tells ${percent(now.realAccuracy)} of held-out real and ${percent(now.fakeAccuracy)} of generated examples for what they are, for ${LIMITS.streak} rounds; losses ${short(now.discriminatorLoss)} and ${short(now.generatorLoss)}, gradient norms ${short(now.discriminatorNorm)} and ${short(now.generatorNorm)}`,
    remedy: 'a lower discriminator learning rate, a stronger penalty (r1), or more generator updates',
    act: () => {
      const { rates, updates } = state;
      if (rates.discriminator > 0.25 || updates.discriminator > 1 || updates.generator > 1) return [slow(state, 'discriminator'), strengthen(state)];
      updates.generator = 2;
      return ['2 generator updates for one of the discriminator', strengthen(state)];
    },
  };
}

function memorization(state: BalanceState): Found | undefined {
  const now = state.rounds.at(-1)!;
  const { nearest, gap } = LIMITS.memorization;
  const near = now.nearest !== undefined && now.nearest < nearest;
  const knows = now.seenAccuracy - now.realAccuracy > gap;
  if (!near || !knows) return undefined;
  return {
    verdict: 'memorization',
    evidence: `generated examples are ${percent(now.nearest!)} as far from their nearest training example as held-out ones are, and the discriminator takes ${percent(now.seenAccuracy)} of the training examples for real but ${percent(now.realAccuracy)} of held-out ones`,
    remedy: 'augmentation of what the discriminator sees, a stronger penalty (r1), or more data',
    act: () => [slow(state, 'discriminator'), strengthen(state)],
  };
}

/** Goes back, if there is a sound best round to go to. */
function back(state: BalanceState, settings: BalanceSettings, isSound: (best: Observation) => boolean): string[] {
  const best = state.best && state.rounds[state.best.round - 1];
  if (!best || best === state.rounds.at(-1) || !isSound(best) || state.rollbacks >= settings.rollbacks) return [];
  state.rollbacks += 1;
  return [BACK];
}

function slow(state: BalanceState, player: 'discriminator' | 'generator'): string {
  state.rates[player] = Math.max(LIMITS.rate, state.rates[player] / 2);
  return `${player} learning rate times ${state.rates[player]}`;
}

function strengthen(state: BalanceState): string {
  state.regularization = Math.min(LIMITS.regularization, state.regularization * 2);
  return `penalty times ${state.regularization}`;
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const short = (value: number): string => value.toPrecision(3);
