import { CoreError, type Violation } from '../errors';
import { normalizeSeed } from '../random';
import type { Clipping, ScheduleKind } from '../training/options';
import type { BalanceSettings } from './balance';
import { matchesFeatures, type GanSpec } from './spec';

/** Everything that decides the result of a GAN's training. Unset: the default named. */
export interface GanTrainingSettings {
  /** 1 to 10000. */
  epochs: number;
  /** Keys latents and what else is random. Default 0. */
  seed?: number | bigint;
  /** Of Adam. Default 0.0002 each; of a dense or a semi-supervised GAN 0.001 (Heusel et al., 2017, on why they may differ). */
  discriminatorLearningRate?: number;
  generatorLearningRate?: number;
  /** Default constant, of a semi-supervised GAN warm-up and cosine. */
  schedule?: Exclude<ScheduleKind, 'plateau'>;
  /** Default 0.5, of a Wasserstein critic 0. */
  beta1?: number;
  /** Default 0.99. */
  beta2?: number;
  /** Of the averaged generator, which is the one that is served. Default 0.995. */
  emaDecay?: number;
  /** Weight of the penalty on the slope at real examples, R1. Default 1; of a Wasserstein critic, and where the generator matches features, 0. */
  r1?: number;
  /**
   * What `r1` falls to, geometrically, over the first three quarters of the training: a smooth discriminator shows the generator the way to far modes,
   * and a steep one fine detail. Default: `r1`; of a table 0.015 of it.
   */
  r1Final?: number;
  /** The penalty counts so many times as much in one update of so many (Karras et al., 2020). Default 4. */
  r1Every?: number;
  /** Of a Wasserstein critic. Default 10. */
  gradientPenalty?: number;
  /** Updates of one player for one of the other: one of them is 1. Default 1 and 1; of a Wasserstein critic 5 and 1. */
  discriminatorUpdates?: number;
  generatorUpdates?: number;
  /**
   * Of a semi-supervised one: weight of the cross entropy of examples without a label, changed at random, for the class that it sees in them unchanged
   * where it is 95 % sure (Sohn et al., 2020). Default 1.
   */
  pseudoLabels?: number;
  clip?: Clipping;
  /** Steps between two measurements of quality, at the end of an epoch. Default 200: once an epoch, of an epoch of more. */
  roundSteps?: number;
  /** Default of a semi-supervised one: findings are only told; `patience` is not asked, as its last round counts. */
  balance?: Partial<BalanceSettings>;
}

/** With every default filled in. Plain JSON. */
export interface ResolvedGanSettings extends Required<Omit<GanTrainingSettings, 'seed' | 'balance'>> {
  /** Decimal. */
  seed: string;
  balance: BalanceSettings;
}

/** Chosen on a ring of 8 Gaussians: a thousandth of `r1` left 45 to 79 % of the points near one, 0.015 of it 94 to 97 %. */
const TABLE_R1_FINAL = 0.015;
const BALANCE: BalanceSettings = { act: true, patience: 10, minImprovement: 0.02, rollbacks: 3 };

/** @throws CoreError INVALID_FIELD with a violation for each setting out of its range. */
export function resolveGanSettings(spec: GanSpec, given: GanTrainingSettings): ResolvedGanSettings {
  const wasserstein = spec.loss === 'wasserstein';
  const classifies = spec.mode === 'semiSupervised';
  const rate = spec.architecture.kind === 'dense' || classifies ? 0.001 : 0.0002;
  const r1 = given.r1 ?? (wasserstein || matchesFeatures(spec) ? 0 : 1);
  const resolved: ResolvedGanSettings = {
    epochs: given.epochs,
    seed: normalizeSeed(given.seed ?? 0).toString(),
    discriminatorLearningRate: given.discriminatorLearningRate ?? rate,
    generatorLearningRate: given.generatorLearningRate ?? rate,
    schedule: given.schedule ?? (classifies ? 'warmupCosine' : 'constant'),
    beta1: given.beta1 ?? (wasserstein ? 0 : 0.5),
    beta2: given.beta2 ?? 0.99,
    emaDecay: given.emaDecay ?? 0.995,
    r1,
    r1Final: given.r1Final ?? (spec.exampleShape.length === 1 ? r1 * TABLE_R1_FINAL : r1),
    r1Every: given.r1Every ?? 4,
    gradientPenalty: given.gradientPenalty ?? (wasserstein ? 10 : 0),
    discriminatorUpdates: given.discriminatorUpdates ?? (wasserstein ? 5 : 1),
    generatorUpdates: given.generatorUpdates ?? 1,
    pseudoLabels: given.pseudoLabels ?? (classifies ? 1 : 0),
    clip: given.clip ?? {},
    roundSteps: given.roundSteps ?? 200,
    balance: { ...BALANCE, ...(classifies && { act: false }), ...given.balance },
  };
  const violations = check(resolved);
  if (violations.length > 0) throw CoreError.invalidAll(violations);
  return resolved;
}

function check(s: ResolvedGanSettings): Violation[] {
  const violations: Violation[] = [];
  const number = (field: string, value: number, least: number, most: number): void => {
    if (!(value >= least && value <= most)) violations.push({ field, description: `received ${value}, expected a number from ${least} to ${most}` });
  };
  const whole = (field: string, value: number, least: number, most: number): void => {
    if (!Number.isInteger(value) || value < least || value > most) violations.push({ field, description: `received ${value}, expected a whole number from ${least} to ${most}` });
  };
  whole('epochs', s.epochs, 1, 10_000);
  number('discriminatorLearningRate', s.discriminatorLearningRate, 1e-12, 1000);
  number('generatorLearningRate', s.generatorLearningRate, 1e-12, 1000);
  number('beta1', s.beta1, 0, 0.9999);
  number('beta2', s.beta2, 0, 0.99999);
  number('emaDecay', s.emaDecay, 0, 0.99999);
  number('r1', s.r1, 0, 1e6);
  number('r1Final', s.r1Final, 0, Math.max(0, s.r1));
  if (s.r1 > 0 && s.r1Final === 0) violations.push({ field: 'r1Final', description: `received 0, expected a number above 0, at most r1, ${s.r1}` });
  whole('r1Every', s.r1Every, 1, 1000);
  number('gradientPenalty', s.gradientPenalty, 0, 1e6);
  number('pseudoLabels', s.pseudoLabels, 0, 1000);
  whole('discriminatorUpdates', s.discriminatorUpdates, 1, 100);
  whole('generatorUpdates', s.generatorUpdates, 1, 100);
  if (s.discriminatorUpdates > 1 && s.generatorUpdates > 1) {
    violations.push({ field: 'generatorUpdates', description: `received ${s.generatorUpdates} for ${s.discriminatorUpdates} of the discriminator, expected one of them to be 1` });
  }
  whole('roundSteps', s.roundSteps, 1, 1_000_000);
  whole('balance.patience', s.balance.patience, 0, 10_000);
  number('balance.minImprovement', s.balance.minImprovement, 0, 1);
  whole('balance.rollbacks', s.balance.rollbacks, 0, 100);
  return violations;
}
