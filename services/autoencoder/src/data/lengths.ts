import type { HostTensor } from '@quartet/core';

/** Steps of each sequence of [batch, time, columns], which ends where NaN begins. */
export function lengthsOf({ shape, data }: HostTensor): number[] {
  const [count = 0, time = 0, columns = 1] = shape;
  return Array.from({ length: count }, (_, row) => {
    let length = time;
    while (length > 0 && Number.isNaN(data[(row * time + length - 1) * columns])) length -= 1;
    return length;
  });
}

/** Puts NaN after the end of each sequence, in place: what a decoder says of steps that there are none of. */
export function cutToLengths({ shape, data }: HostTensor, lengths: readonly number[]): void {
  const [, time = 0, columns = 1] = shape;
  lengths.forEach((length, row) => data.fill(NaN, (row * time + length) * columns, (row + 1) * time * columns));
}
