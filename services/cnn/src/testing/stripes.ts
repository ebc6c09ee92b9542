import { uniformNumbers } from '@quartet/core';
import type { Digits } from '@quartet/service-kit/dist/platform-testing/digits';

export const SIDE = 24;
const PATCH = 8;

/** Upper left corner of the patch in each quadrant. */
const CORNERS = [[2, 2], [2, 14], [14, 2], [14, 14]] as const;

export interface Stripes extends Digits {
  /** Of each image: where its stripes are, 0 to 3 by rows. */
  quadrants: number[];
}

/** Grey noise with a patch of stripes in one quadrant: level ones are class 0, upright ones class 1. All else says nothing of the class. */
export function stripes(seed: number, count: number): Stripes {
  const random = uniformNumbers(seed);
  const images = Uint8Array.from({ length: count * SIDE * SIDE }, () => 100 + Math.floor(40 * random()));
  const labels = Uint8Array.from({ length: count }, () => (random() < 0.5 ? 0 : 1));
  const quadrants = Array.from(labels, () => Math.floor(4 * random()));
  labels.forEach((label, image) => {
    const [top, left] = CORNERS[quadrants[image]!]!;
    for (let y = 0; y < PATCH; y += 1) {
      for (let x = 0; x < PATCH; x += 1) images[(image * SIDE + top + y) * SIDE + left + x] = (label === 0 ? y : x) % 4 < 2 ? 230 : 20;
    }
  });
  return { images, labels, quadrants };
}

/** Share of what is above 0 in a map that lies in each quadrant. */
export function massByQuadrant(map: ArrayLike<number>): number[] {
  const mass = [0, 0, 0, 0];
  for (let at = 0; at < map.length; at += 1) {
    const quadrant = 2 * Number(Math.floor(at / SIDE) >= SIDE / 2) + Number(at % SIDE >= SIDE / 2);
    mass[quadrant]! += Math.max(0, map[at]!);
  }
  const total = mass.reduce((a, b) => a + b, 0);
  return mass.map((each) => each / total);
}
