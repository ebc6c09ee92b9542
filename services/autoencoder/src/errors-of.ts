import type { HostTensor } from '@quartet/core';

/** Mean squared difference of each image from its reconstruction. @param given The images, flat. */
export function errorsOf({ shape, data }: HostTensor, given: ArrayLike<number>): number[] {
  const count = shape[0] ?? 0;
  const size = data.length / Math.max(count, 1);
  return Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let at = row * size; at < (row + 1) * size; at += 1) sum += ((data[at] ?? 0) - (given[at] ?? 0)) ** 2;
    return sum / size;
  });
}
