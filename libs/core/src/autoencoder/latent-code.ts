import { ArithmeticDecoder, ArithmeticEncoder, MOST_FREQUENCY } from './arithmetic-coder';

/** Steps that the finest quality divides a unit's range into; each coarser one has half as many. */
const FINEST = 64;
export const QUALITIES = 5;

/** How a model's latents are distributed: what they are quantized and entropy-coded by. Plain JSON. */
export interface LatentTable {
  /** Of each unit: its least value, and the width of one of 64 steps. */
  low: number[];
  width: number[];
  /** [unit][step]: how often training latents fell into it, and 1. */
  counts: number[][];
}

/** @param latents [examples, latentSize]. */
export function fitLatentTable(latents: Float32Array, latentSize: number): LatentTable {
  const low = new Array<number>(latentSize).fill(Infinity);
  const high = new Array<number>(latentSize).fill(-Infinity);
  latents.forEach((value, at) => {
    low[at % latentSize] = Math.min(low[at % latentSize] as number, value);
    high[at % latentSize] = Math.max(high[at % latentSize] as number, value);
  });
  const width = low.map((least, unit) => Math.max(((high[unit] as number) - least) / FINEST, 1e-6));
  const counts = low.map(() => new Array<number>(FINEST).fill(0));
  latents.forEach((value, at) => {
    const unit = at % latentSize;
    counts[unit]![stepOf(value, low[unit] as number, width[unit] as number)]! += 1;
  });
  // Frequencies of any sum of steps must stay below the coder's limit.
  const share = Math.min(1, (MOST_FREQUENCY - FINEST) / Math.max(1, latents.length / latentSize));
  return { low, width, counts: counts.map((steps) => steps.map((count) => Math.floor(count * share) + 1)) };
}

/** @param latents [examples, latentSize], row-major. @param quality 1 to 5. */
export function encodeLatents(table: LatentTable, latents: ArrayLike<number>, quality: number): Uint8Array {
  const units = alphabets(table, quality);
  const encoder = new ArithmeticEncoder();
  for (let at = 0; at < latents.length; at += 1) {
    const unit = at % units.length;
    const { cumulative, merged } = units[unit] as Alphabet;
    const step = Math.floor(stepOf(latents[at] as number, table.low[unit] as number, table.width[unit] as number) / merged);
    const [below, above] = [cumulative[step] as number, cumulative[step + 1] as number];
    encoder.encode(below, above - below, cumulative.at(-1) as number);
  }
  return encoder.finish();
}

/** The quantized latents of so many examples. @throws CoreError CORRUPT_DATA. */
export function decodeLatents(table: LatentTable, code: Uint8Array, examples: number, quality: number): Float32Array {
  const units = alphabets(table, quality);
  const decoder = new ArithmeticDecoder(code);
  const latents = new Float32Array(examples * units.length);
  for (let at = 0; at < latents.length; at += 1) {
    const { cumulative, values } = units[at % units.length] as Alphabet;
    latents[at] = values[decoder.decode(cumulative)] as number;
  }
  return latents;
}

interface Alphabet {
  /** Fine steps in one of this quality. */
  merged: number;
  cumulative: number[];
  /** What stands for a step: the mean of the training latents in it. */
  values: number[];
}

function alphabets({ low, width, counts }: LatentTable, quality: number): Alphabet[] {
  const merged = 2 ** (QUALITIES - quality);
  return counts.map((steps, unit) => {
    const cumulative = [0];
    const values: number[] = [];
    for (let first = 0; first < steps.length; first += merged) {
      const some = steps.slice(first, first + merged);
      const sum = some.reduce((a, b) => a + b, 0);
      const centre = some.reduce((total, count, index) => total + count * (first + index + 0.5), 0) / sum;
      cumulative.push((cumulative.at(-1) as number) + sum);
      values.push((low[unit] as number) + centre * (width[unit] as number));
    }
    return { merged, cumulative, values };
  });
}

/** What lies outside of the range belongs to its last step. */
function stepOf(value: number, low: number, width: number): number {
  return Math.min(FINEST - 1, Math.max(0, Math.floor((value - low) / width)));
}
