import { QuartetError, type Tensor } from '@quartet/contracts';
import { formatShape } from '@quartet/core';
import { readMatrix } from './matrix';

/**
 * Reads a tensor [channels], one step of a sequence.
 * @throws QuartetError INVALID_FIELD, DTYPE_MISMATCH, SHAPE_MISMATCH, BYTE_COUNT_MISMATCH, NOT_FINITE
 */
export function readVector(tensor: Tensor, field: string, channels: number): Float64Array {
  const shape = tensor.shape.map(Number);
  if (shape.length !== 1 || shape[0] !== channels) throw QuartetError.invalid(`${field}.shape`, `received ${formatShape(shape)}, expected [${channels}]: one step at a time`, 'SHAPE_MISMATCH');
  const expectation = { field, columns: channels, columnNames: `${channels} channels`, minRows: 1, maxRows: 1, missing: 'refuse' as const };
  return readMatrix({ ...tensor, shape: [1n, BigInt(channels)] }, expectation).values;
}
