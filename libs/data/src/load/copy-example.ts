import { UNIT } from './unit-scale';

/** Copies one example as float32: bytes scaled to 0..1, floats as they are. */
export function copyExample(examples: Uint8Array | Float32Array, row: number, size: number, out: Float32Array, at: number): void {
  const from = row * size;
  if (examples instanceof Float32Array) {
    out.set(examples.subarray(from, from + size), at);
    return;
  }
  for (let i = 0; i < size; i++) out[at + i] = UNIT[examples[from + i]!]!;
}
