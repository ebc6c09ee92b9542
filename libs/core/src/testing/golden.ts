import { readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(__dirname, '../../golden');

/** Numbers that an independent implementation computed: see golden/README.md. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as T;
}

export function goldenBytes(name: string): Uint8Array {
  return readFileSync(path.join(FOLDER, name));
}

/** The largest difference between two sequences, relative to the expected value where that is above 1. */
export function largestDifference(received: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (received.length !== expected.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < expected.length; index += 1) {
    const [a, b] = [received[index] ?? NaN, expected[index] ?? NaN];
    const difference = Math.abs(a - b) / Math.max(1, Math.abs(b));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}
