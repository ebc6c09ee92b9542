import type { HostTensor } from '@quartet/core';
import { PAD } from '../text/tokenizer';

/** [sequences, length] int32, padded. */
export function padded(sequences: readonly ArrayLike<number>[], length: number): HostTensor {
  const data = new Int32Array(sequences.length * length).fill(PAD);
  sequences.forEach((sequence, row) => data.set(sequence, row * length));
  return { dtype: 'int32', shape: [sequences.length, length], data };
}

/** [sequences] int32. */
export const lengthsOf = (sequences: readonly ArrayLike<number>[]): HostTensor => ({ dtype: 'int32', shape: [sequences.length], data: Int32Array.from(sequences, ({ length }) => length) });
