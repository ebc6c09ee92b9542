import { CoreError } from '../errors';
import { checkDimensions, elementCount, formatShape, type DType, type HostTensor } from './host-tensor';

export interface TensorExpectation {
  /** Names the tensor in errors: `batch`. */
  name?: string;
  dtype?: DType | readonly DType[];
  /** null: any size, at least 0. */
  shape?: readonly (number | null)[];
  /** Elements along the first dimension; 0 is refused as an empty batch. */
  maxBatch?: number;
  /** Refuse NaN and infinity. Default true. */
  finite?: boolean;
}

/**
 * Checks a tensor that came from outside: dtype, shape, count of elements, batch size, and that every number is finite.
 *
 * @throws CoreError DTYPE_MISMATCH, SHAPE_MISMATCH, BYTE_COUNT_MISMATCH, EMPTY_BATCH, BATCH_TOO_LARGE or NOT_FINITE.
 */
export function checkTensor(tensor: HostTensor, expected: TensorExpectation = {}): void {
  const name = expected.name ?? 'tensor';
  checkDtype(tensor, expected.dtype, name);
  checkDimensions(tensor.shape, name);
  if (expected.shape) checkShape(tensor.shape, expected.shape, name);
  const count = elementCount(tensor.shape);
  if (tensor.data.length !== count) {
    throw CoreError.invalid(
      `${name}.data`,
      `received ${tensor.data.length} elements, expected ${count} for shape ${formatShape(tensor.shape)}`,
      'BYTE_COUNT_MISMATCH',
    );
  }
  if (expected.maxBatch !== undefined) checkBatch(tensor.shape, expected.maxBatch, name);
  if (expected.finite ?? true) checkFinite(tensor, name);
}

function checkDtype(tensor: HostTensor, expected: TensorExpectation['dtype'], name: string): void {
  if (expected === undefined) return;
  const allowed = typeof expected === 'string' ? [expected] : expected;
  if (allowed.includes(tensor.dtype)) return;
  throw CoreError.invalid(
    `${name}.dtype`,
    `received ${tensor.dtype}, expected ${allowed.join(' or ')}; convert the data before sending it`,
    'DTYPE_MISMATCH',
  );
}

function checkShape(received: readonly number[], expected: readonly (number | null)[], name: string): void {
  const fits =
    received.length === expected.length && expected.every((size, axis) => size === null || size === received[axis]);
  if (fits) return;
  throw CoreError.invalid(
    `${name}.shape`,
    `received ${formatShape(received)}, expected ${formatShape(expected)}` +
      (expected.includes(null) ? ' (-1: any size)' : '') +
      `; reshape the data to what the model takes`,
    'SHAPE_MISMATCH',
  );
}

function checkBatch(shape: readonly number[], maxBatch: number, name: string): void {
  const batch = shape[0] ?? 0;
  if (batch === 0) {
    throw CoreError.invalid(`${name}.shape`, `received an empty batch, expected 1 to ${maxBatch} elements`, 'EMPTY_BATCH');
  }
  if (batch > maxBatch) {
    throw CoreError.invalid(
      `${name}.shape`,
      `received a batch of ${batch}, expected at most ${maxBatch}; split it into several calls`,
      'BATCH_TOO_LARGE',
    );
  }
}

function checkFinite(tensor: HostTensor, name: string): void {
  if (tensor.dtype !== 'float32') return;
  const data = tensor.data;
  for (let index = 0; index < data.length; index += 1) {
    if (Number.isFinite(data[index])) continue;
    throw CoreError.invalid(
      `${name}.data`,
      `received ${data[index]} at element ${formatShape(coordinates(index, tensor.shape))}, expected finite numbers`,
      'NOT_FINITE',
    );
  }
}

function coordinates(index: number, shape: readonly number[]): number[] {
  const result: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    result.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return result;
}

/**
 * Where the first number is that isn't between two others; -1: all are. NaN is between none. A loop, since `findIndex` makes an object of each
 * number: in serving that was a seventh of all garbage.
 */
export function firstOutside(values: ArrayLike<number>, least: number, most: number): number {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    if (!(value >= least && value <= most)) return index;
  }
  return -1;
}
