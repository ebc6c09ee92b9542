import { QuartetError, type ModelRef } from '@quartet/contracts';

/** As many digits as an int64 surely holds. */
const MOST_DIGITS = 18;

/**
 * What the protocol's name and version mean: a number, a label, or nothing for the label that typed calls take, too.
 * @param prefix Of the fields, for errors: `model_` where they are `model_name` and `model_version`.
 * @throws QuartetError INVALID_FIELD
 */
export function modelRefOf(name: string, version: string, prefix = ''): ModelRef {
  if (name === '') throw QuartetError.invalid(`${prefix}name`, 'is empty; name the model, as RepositoryIndex lists them');
  if (version === '') return { name, target: undefined };
  if (!/^-?\d+$/.test(version)) return { name, target: { $case: 'label', value: version } };
  if (version.length > MOST_DIGITS || BigInt(version) < 1n) throw QuartetError.invalid(`${prefix}version`, `is ${version.slice(0, 40)}; versions count from 1. Send a number, a label, or nothing for the label production`);
  return { name, target: { $case: 'version', value: BigInt(version) } };
}
