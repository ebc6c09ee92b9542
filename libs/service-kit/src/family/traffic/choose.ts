import { createHash } from 'node:crypto';
import type { Canary } from '@quartet/contracts';

/** A number from 0 to 100 (not included) that depends on the texts alone. */
function percentileOf(...texts: string[]): number {
  const digest = createHash('sha256').update(JSON.stringify(texts)).digest();
  return (digest.readUInt32BE(0) / 2 ** 32) * 100;
}

/**
 * Whether a call goes to the canary: with a key always the same way for one model and canary, without at random. A key that
 * is in at some weight stays in at a higher one.
 */
export function goesToCanary(model: string, { version, weight }: Canary, key: string | undefined, random = Math.random): boolean {
  if (weight === 0) return false;
  return (key === undefined ? random() * 100 : percentileOf(model, `${version}`, key)) < weight;
}
