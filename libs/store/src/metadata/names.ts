import { Family, JobState, QuartetError } from '@quartet/contracts';
import type { FamilyName, JobStateName } from './sql/schema';

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** @throws QuartetError INVALID_FIELD unless it may name a data set, a model or a label. */
export function checkName(field: string, name: string): string {
  if (NAME.test(name)) return name;
  throw QuartetError.invalid(
    field,
    name === ''
      ? 'is empty; expected a name of 1 to 64 of a-z, 0-9, ".", "_" and "-", starting with a letter or digit.'
      : `is "${name.slice(0, 80)}"; expected 1 to 64 of a-z, 0-9, ".", "_" and "-", starting with a letter or digit.`,
  );
}

const FAMILY_NAMES: readonly (readonly [Family, FamilyName])[] = [
  [Family.FAMILY_CNN, 'cnn'],
  [Family.FAMILY_RNN, 'rnn'],
  [Family.FAMILY_GAN, 'gan'],
  [Family.FAMILY_AUTOENCODER, 'autoencoder'],
];

const STATE_NAMES: readonly (readonly [JobState, JobStateName])[] = [
  [JobState.JOB_STATE_QUEUED, 'queued'],
  [JobState.JOB_STATE_RUNNING, 'running'],
  [JobState.JOB_STATE_SUCCEEDED, 'succeeded'],
  [JobState.JOB_STATE_FAILED, 'failed'],
  [JobState.JOB_STATE_CANCELLED, 'cancelled'],
];

/** @throws QuartetError INVALID_FIELD unless it is one of the four. */
export function familyName(field: string, family: Family): FamilyName {
  const found = FAMILY_NAMES.find(([value]) => value === family);
  if (found) return found[1];
  throw QuartetError.invalid(field, `is ${family}; expected FAMILY_CNN, FAMILY_RNN, FAMILY_GAN or FAMILY_AUTOENCODER.`);
}

export const familyOf = (name: FamilyName): Family => FAMILY_NAMES.find(([, n]) => n === name)![0];

export function stateName(field: string, state: JobState): JobStateName {
  const found = STATE_NAMES.find(([value]) => value === state);
  if (found) return found[1];
  throw QuartetError.invalid(field, `is ${state}; expected JOB_STATE_QUEUED, _RUNNING, _SUCCEEDED, _FAILED or _CANCELLED.`);
}

export const stateOf = (name: JobStateName): JobState => STATE_NAMES.find(([, n]) => n === name)![0];
