import type { LoadedPart } from '@quartet/data';

/** A part's first images in 0..1, flat. */
export function firstImages(part: LoadedPart, most: number, from = 0): Float32Array {
  const size = part.exampleShape.reduce((a, b) => a * b, 1);
  const some = part.examples.subarray(from * size, Math.min(from + most, part.count) * size);
  return some instanceof Float32Array ? some : Float32Array.from(some, (value) => value / 255);
}
