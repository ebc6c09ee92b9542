import { decodeCodes, encodeCodes, type CodebookTable } from './codebook-code';
import { decodeLatents, encodeLatents, type LatentTable } from './latent-code';

/** What a model's latents are entropy-coded by: steps of each unit, or a codebook. Plain JSON. */
export type CodeTable = { steps: LatentTable } | { codebook: CodebookTable };

/** @param latents [examples, latentSize], row-major. @param quality 1 to 5, of steps. */
export function encodeByTable(table: CodeTable, latents: ArrayLike<number>, quality: number): Uint8Array {
  return 'steps' in table ? encodeLatents(table.steps, latents, quality) : encodeCodes(table.codebook, latents);
}

/** The quantized latents of so many examples. @throws CoreError CORRUPT_DATA. */
export function decodeByTable(table: CodeTable, code: Uint8Array, examples: number, quality: number): Float32Array {
  return 'steps' in table ? decodeLatents(table.steps, code, examples, quality) : decodeCodes(table.codebook, code, examples);
}
