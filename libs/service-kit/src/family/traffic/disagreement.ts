import { DataType, type Tensor } from '@quartet/contracts';
import { tensorToTypedArray } from '@quartet/client';

/** Numbers that differ by less than this share of the larger one, or by less than this, are the same. */
const TOLERANCE = 0.01;

interface Count {
  values: number;
  different: number;
}

const isTensor = (value: object): value is Tensor => 'dtype' in value && 'shape' in value && 'data' in value;

const closeTo = (a: number, b: number): boolean => Object.is(a, b) || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));

function add(count: Count, different: boolean, values = 1): void {
  count.values += values;
  if (different) count.different += values;
}

function compareTensors(a: Tensor, b: Tensor, count: Count): void {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join() || a.dtype === DataType.DATA_TYPE_UNSPECIFIED) return add(count, true);
  const [left, right] = [tensorToTypedArray(a), tensorToTypedArray(b)];
  for (let i = 0; i < left.length; i++) add(count, !closeTo(Number(left[i]), Number(right[i])));
}

function compare(a: unknown, b: unknown, count: Count): void {
  if (typeof a === 'number' && typeof b === 'number') return add(count, !closeTo(a, b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return add(count, Buffer.compare(a, b) !== 0);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return add(count, a !== b);
  if (isTensor(a) && isTensor(b)) return compareTensors(a, b, count);
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    // Two versions differ in their number by nature.
    if (key !== 'modelVersion') compare(left[key], right[key], count);
  }
}

/**
 * How far two answers to one request are apart: the share of their values, each number of a tensor, each text and each other field
 * by itself, that differ. Numbers within 1 % are the same.
 * @returns 0 to 1
 */
export function disagreement(a: unknown, b: unknown): number {
  const count: Count = { values: 0, different: 0 };
  compare(a, b, count);
  return count.values === 0 ? 0 : count.different / count.values;
}
