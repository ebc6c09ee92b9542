import { supportsBfloat16, type Precision } from '../capture/mixed-precision';
import { CoreError, type Violation } from '../errors';
import type { OptimizerSpec } from '../optimizers/update-rules';
import { normalizeSeed } from '../random';
import type { Clipping, EarlyStopping, NotFinitePolicy, OptimizerKind, Plateau, ScheduleKind, TrainingSettings } from './options';

/** Settings with every default filled in. Plain JSON. */
export interface ResolvedSettings {
  epochs: number;
  /** Decimal. */
  seed: string;
  optimizer: OptimizerKind;
  learningRate: number;
  schedule: ScheduleKind;
  weightDecay: number;
  clip: Clipping;
  accumulateSteps: number;
  ema: { decay: number; warmUp?: boolean } | null;
  earlyStopping: Required<EarlyStopping> | null;
  /** null: another schedule. */
  plateau: Required<Plateau> | null;
  onNotFinite: Required<NotFinitePolicy>;
  onExploding: 'report' | 'retry';
  precision: Precision;
}

const SPECS: Readonly<Record<OptimizerKind, OptimizerSpec>> = {
  sgd: { kind: 'sgd' },
  momentum: { kind: 'momentum' },
  nesterov: { kind: 'momentum', nesterov: true },
  rmsprop: { kind: 'rmsprop' },
  adam: { kind: 'adam' },
  adamw: { kind: 'adam' },
};
const LEARNING_RATES: Readonly<Record<OptimizerKind, number>> = {
  sgd: 0.01,
  momentum: 0.01,
  nesterov: 0.01,
  rmsprop: 0.001,
  adam: 0.001,
  adamw: 0.001,
};
const SCHEDULES: readonly ScheduleKind[] = ['constant', 'warmupCosine', 'step', 'plateau'];
const PLATEAU: Required<Plateau> = { factor: 0.5, patience: 3, minDelta: 1e-4, minFactor: 0.001 };
const NOT_FINITE: Required<NotFinitePolicy> = { action: 'retry', retries: 2, learningRateFactor: 0.5, clipGlobalNorm: 1 };

export const optimizerSpec = (kind: OptimizerKind): OptimizerSpec => SPECS[kind];

/** @throws CoreError INVALID_FIELD with a violation for each setting out of its range. */
export function resolveSettings(settings: TrainingSettings): ResolvedSettings {
  const optimizer = settings.optimizer ?? 'adam';
  const resolved: ResolvedSettings = {
    epochs: settings.epochs,
    seed: normalizeSeed(settings.seed ?? 0).toString(),
    optimizer,
    learningRate: settings.learningRate ?? LEARNING_RATES[optimizer],
    schedule: settings.schedule ?? 'constant',
    // AdamW without a decay is Adam; 0.01 is PyTorch's default.
    weightDecay: settings.weightDecay ?? (optimizer === 'adamw' ? 0.01 : 0),
    clip: settings.clip ?? {},
    accumulateSteps: settings.accumulateSteps ?? 1,
    ema: settings.ema ?? null,
    earlyStopping: settings.earlyStopping ? { minDelta: 0, ...settings.earlyStopping } : null,
    plateau: settings.schedule === 'plateau' ? { ...PLATEAU, ...settings.plateau } : null,
    onNotFinite: { ...NOT_FINITE, ...settings.onNotFinite },
    onExploding: settings.onExploding ?? 'report',
    precision: settings.precision ?? 'float32',
  };
  const violations = check(resolved);
  if (settings.plateau && !resolved.plateau) {
    violations.push({ field: 'plateau', description: `is set, but the schedule is ${resolved.schedule}; set schedule to plateau, or leave it out` });
  }
  if (violations.length > 0) throw CoreError.invalidAll(violations);
  return resolved;
}

function check(settings: ResolvedSettings): Violation[] {
  const { epochs, optimizer, learningRate, schedule, weightDecay, clip, accumulateSteps, ema, earlyStopping, plateau, onNotFinite } = settings;
  const violations: Violation[] = [];
  const expect = (holds: boolean, field: string, received: unknown, expected: string): void => {
    if (!holds) violations.push({ field, description: `received ${String(received)}, expected ${expected}` });
  };
  const atLeastOne = (value: number, field: string): void => expect(Number.isInteger(value) && value >= 1, field, value, 'a whole number of at least 1');
  const notNegative = (value: number, field: string): void => expect(value >= 0 && Number.isFinite(value), field, value, 'a number of at least 0');
  expect(Number.isInteger(epochs) && epochs >= 1 && epochs <= 10_000, 'epochs', epochs, 'a whole number from 1 to 10000');
  expect(Object.hasOwn(SPECS, optimizer), 'optimizer', optimizer, `one of ${Object.keys(SPECS).join(', ')}`);
  expect(learningRate > 0 && learningRate <= 1000, 'learningRate', learningRate, 'a number above 0, at most 1000');
  expect(SCHEDULES.includes(schedule), 'schedule', schedule, `one of ${SCHEDULES.join(', ')}`);
  expect(weightDecay >= 0 && weightDecay <= 1000, 'weightDecay', weightDecay, 'a number from 0 to 1000');
  for (const name of ['value', 'norm', 'globalNorm'] as const) {
    const limit = clip[name];
    expect(limit === undefined || (limit >= 0 && Number.isFinite(limit)), `clip.${name}`, limit, 'a number of at least 0 (0: no clipping)');
  }
  expect(Number.isInteger(accumulateSteps) && accumulateSteps >= 1 && accumulateSteps <= 10_000, 'accumulateSteps', accumulateSteps, 'a whole number from 1 to 10000');
  if (ema) expect(ema.decay > 0 && ema.decay < 1, 'ema.decay', ema.decay, 'a number above 0 and below 1');
  if (earlyStopping) {
    atLeastOne(earlyStopping.patience, 'earlyStopping.patience');
    notNegative(earlyStopping.minDelta, 'earlyStopping.minDelta');
  }
  if (plateau) {
    const { factor, patience, minDelta, minFactor } = plateau;
    expect(factor > 0 && factor < 1, 'plateau.factor', factor, 'a number above 0 and below 1');
    atLeastOne(patience, 'plateau.patience');
    notNegative(minDelta, 'plateau.minDelta');
    expect(minFactor >= 0 && minFactor <= 1, 'plateau.minFactor', minFactor, 'a number from 0 to 1');
  }
  expect(settings.precision === 'float32' || settings.precision === 'bfloat16', 'precision', settings.precision, 'float32 or bfloat16');
  if (settings.precision === 'bfloat16') expect(supportsBfloat16(), 'precision', 'bfloat16', 'float32: this machine has no instructions for bfloat16 (avx512_bf16, amx_bf16) and no GPU');
  const { action, retries, learningRateFactor, clipGlobalNorm } = onNotFinite;
  expect(action === 'stop' || action === 'retry', 'onNotFinite.action', action, 'stop or retry');
  expect(Number.isInteger(retries) && retries >= 1 && retries <= 100, 'onNotFinite.retries', retries, 'a whole number from 1 to 100');
  expect(learningRateFactor > 0 && learningRateFactor <= 1, 'onNotFinite.learningRateFactor', learningRateFactor, 'a number above 0, at most 1');
  notNegative(clipGlobalNorm, 'onNotFinite.clipGlobalNorm');
  expect(settings.onExploding === 'report' || settings.onExploding === 'retry', 'onExploding', settings.onExploding, 'report or retry');
  return violations;
}
