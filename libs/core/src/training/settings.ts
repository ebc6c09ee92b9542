import { CoreError, type Violation } from '../errors';
import type { OptimizerSpec } from '../optimizers/update-rules';
import { normalizeSeed } from '../random';
import type { Clipping, EarlyStopping, OptimizerKind, ScheduleKind, TrainingSettings } from './options';

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
  earlyStopping: Required<EarlyStopping> | null;
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
const SCHEDULES: readonly ScheduleKind[] = ['constant', 'warmupCosine', 'step'];

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
    earlyStopping: settings.earlyStopping ? { minDelta: 0, ...settings.earlyStopping } : null,
  };
  const violations = check(resolved);
  if (violations.length > 0) throw CoreError.invalidAll(violations);
  return resolved;
}

function check({ epochs, optimizer, learningRate, schedule, weightDecay, clip, earlyStopping }: ResolvedSettings): Violation[] {
  const violations: Violation[] = [];
  const expect = (holds: boolean, field: string, received: unknown, expected: string): void => {
    if (!holds) violations.push({ field, description: `received ${String(received)}, expected ${expected}` });
  };
  expect(Number.isInteger(epochs) && epochs >= 1 && epochs <= 10_000, 'epochs', epochs, 'a whole number from 1 to 10000');
  expect(Object.hasOwn(SPECS, optimizer), 'optimizer', optimizer, `one of ${Object.keys(SPECS).join(', ')}`);
  expect(learningRate > 0 && learningRate <= 1000, 'learningRate', learningRate, 'a number above 0, at most 1000');
  expect(SCHEDULES.includes(schedule), 'schedule', schedule, `one of ${SCHEDULES.join(', ')}`);
  expect(weightDecay >= 0 && weightDecay <= 1000, 'weightDecay', weightDecay, 'a number from 0 to 1000');
  for (const name of ['value', 'norm', 'globalNorm'] as const) {
    const limit = clip[name];
    expect(limit === undefined || (limit >= 0 && Number.isFinite(limit)), `clip.${name}`, limit, 'a number of at least 0 (0: no clipping)');
  }
  if (earlyStopping) {
    const { patience, minDelta } = earlyStopping;
    expect(Number.isInteger(patience) && patience >= 1, 'earlyStopping.patience', patience, 'a whole number of at least 1');
    expect(minDelta >= 0 && Number.isFinite(minDelta), 'earlyStopping.minDelta', minDelta, 'a number of at least 0');
  }
  return violations;
}
