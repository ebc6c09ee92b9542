import { InvalidArgumentError } from 'commander';
import type { Input } from '@quartet/client';
import type { ModelRef } from '@quartet/contracts';

/** A parser for a number option within bounds, for commander. */
export function number(min: number, max: number, whole = false): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max || (whole && !Number.isInteger(value))) {
      throw new InvalidArgumentError(`It takes a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** A 64-bit seed. */
export function seed(text: string): bigint {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 2n ** 64n) throw new InvalidArgumentError('It takes a whole number from 0 to 2^64 - 1.');
  return BigInt(text);
}

/** A version number. */
export function version(text: string): bigint {
  if (!/^[1-9]\d{0,17}$/.test(text)) throw new InvalidArgumentError('It takes a version number, from 1.');
  return BigInt(text);
}

/** `digits`, `digits@3` (a version) or `digits@canary` (a label). */
export function modelRef(text: string): Input<ModelRef> {
  const [name, target, ...rest] = text.split('@');
  if (!name || target === '' || rest.length > 0) throw new InvalidArgumentError('It takes MODEL, MODEL@VERSION or MODEL@LABEL.');
  if (target === undefined) return { name };
  return /^\d+$/.test(target) ? { name, target: { $case: 'version', value: version(target) } } : { name, target: { $case: 'label', value: target } };
}
