import { ArithmeticDecoder, ArithmeticEncoder, MOST_FREQUENCY } from './arithmetic-coder';

/** The code vectors of a model with a codebook, and how often training examples use them. Plain JSON. */
export interface CodebookTable {
  /** [group][code][dimension]. */
  vectors: number[][][];
  /** [group][code]: how often, and 1. */
  counts: number[][];
}

/** @param latents [examples, latentSize], made of code vectors. @param vectors [groups, size, dimension], flat. */
export function fitCodebookTable(latents: Float32Array, vectors: Float32Array, size: number, dimension: number): CodebookTable {
  const groups = vectors.length / (size * dimension);
  const at = (group: number, code: number): number => (group * size + code) * dimension;
  const table: CodebookTable = {
    vectors: Array.from({ length: groups }, (_, group) => Array.from({ length: size }, (_ignored, code) => [...vectors.subarray(at(group, code), at(group, code + 1))])),
    counts: Array.from({ length: groups }, () => new Array<number>(size).fill(0)),
  };
  const examples = latents.length / (groups * dimension);
  for (let index = 0; index < examples * groups; index += 1) table.counts[index % groups]![codeOf(table, latents, index)]! += 1;
  const share = Math.min(1, (MOST_FREQUENCY - size) / Math.max(1, examples));
  return { ...table, counts: table.counts.map((codes) => codes.map((count) => Math.floor(count * share) + 1)) };
}

/** The numbers of the code vectors that latents are made of, entropy-coded. */
export function encodeCodes(table: CodebookTable, latents: ArrayLike<number>): Uint8Array {
  const groups = table.vectors.length;
  const sums = table.counts.map(cumulated);
  const encoder = new ArithmeticEncoder();
  const codes = latents.length / table.vectors[0]![0]!.length;
  for (let index = 0; index < codes; index += 1) {
    const sum = sums[index % groups]!;
    const code = codeOf(table, latents, index);
    encoder.encode(sum[code]!, sum[code + 1]! - sum[code]!, sum.at(-1)!);
  }
  return encoder.finish();
}

/** The latents of so many examples. @throws CoreError CORRUPT_DATA. */
export function decodeCodes(table: CodebookTable, code: Uint8Array, examples: number): Float32Array {
  const groups = table.vectors.length;
  const dimension = table.vectors[0]![0]!.length;
  const sums = table.counts.map(cumulated);
  const decoder = new ArithmeticDecoder(code);
  const latents = new Float32Array(examples * groups * dimension);
  for (let index = 0; index < examples * groups; index += 1) {
    const group = index % groups;
    latents.set(table.vectors[group]![decoder.decode(sums[group]!)]!, index * dimension);
  }
  return latents;
}

/** The nearest code vector: they are equal, but for the rounding of another batch size. @param index Example * groups + group. */
function codeOf({ vectors }: CodebookTable, latents: ArrayLike<number>, index: number): number {
  const codes = vectors[index % vectors.length]!;
  const distances = codes.map((vector) => vector.reduce((sum, value, axis) => sum + (value - latents[index * vector.length + axis]!) ** 2, 0));
  return distances.reduce((best, distance, code) => (distance < distances[best]! ? code : best), 0);
}

function cumulated(counts: readonly number[]): number[] {
  const sums = [0];
  for (const count of counts) sums.push(sums.at(-1)! + count);
  return sums;
}
