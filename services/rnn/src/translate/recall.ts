import type { HostTensor } from '@quartet/core';
import type { Version } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

/** Ends a row that is shorter than others. */
const NOTHING = -1;

/** The tokens that a version's memory puts after each text. The engine worker has it: searching it would hold up other calls here. */
export async function recall(runtime: FamilyRuntime, version: Version, texts: readonly string[], call: CallScope): Promise<number[][]> {
  const { known } = await runtime.infer(version, 'recall', { texts: toRows(texts.map((text) => Array.from(text, (character) => character.codePointAt(0)!))) }, call);
  return fromRows(known!);
}

/** [rows, longest], int32. */
export function toRows(rows: readonly (readonly number[])[]): HostTensor {
  const longest = Math.max(1, ...rows.map(({ length }) => length));
  const data = new Int32Array(rows.length * longest).fill(NOTHING);
  rows.forEach((row, index) => data.set(row, index * longest));
  return { dtype: 'int32', shape: [rows.length, longest], data };
}

export function fromRows({ shape, data }: HostTensor): number[][] {
  const [rows, longest] = shape as [number, number];
  return Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * longest, (row + 1) * longest)).filter((value) => value !== NOTHING));
}

/** Texts from rows of code points. */
export const fromCharacters = (texts: HostTensor): string[] => fromRows(texts).map((characters) => characters.map((character) => String.fromCodePoint(character)).join(''));
