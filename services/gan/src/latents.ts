import { philoxNormals } from '@quartet/data';
import type { Violations } from '@quartet/service-kit';

/** How far out a latent number may be that isn't cut. */
const MOST_TRUNCATION = 10;
/** Of numbers closer to 0 than this so few are drawn that the search for them would keep the service from all else. */
const LEAST_TRUNCATION = 0.01;

/** @param truncation Unset: nothing is cut. */
export function checkTruncation(truncation: number | undefined, violations: Violations): void {
  if (truncation === undefined || (truncation >= LEAST_TRUNCATION && truncation <= MOST_TRUNCATION)) return;
  violations.add('truncation', `is ${truncation}; it takes a number from ${LEAST_TRUNCATION} to ${MOST_TRUNCATION}, such as 1; leave it out to cut nothing`);
}

/** Example `index`'s latent, of mean 0 and deviation 1: a pure function of its arguments. Numbers beyond `truncation` are drawn again. */
export function latentOf(seed: bigint, index: number, size: number, truncation = Infinity): Float32Array {
  // The numbers drawn first stay the same however many are drawn.
  for (let drawn = size; ; drawn *= 2) {
    const numbers = new Float32Array(drawn);
    philoxNormals(seed, index, numbers);
    const within = truncation === Infinity ? numbers : numbers.filter((value) => Math.abs(value) <= truncation);
    if (within.length >= size) return within.slice(0, size);
  }
}
