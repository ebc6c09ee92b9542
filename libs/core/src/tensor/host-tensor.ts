import { CoreError } from '../errors';

export type DType = 'float32' | 'int32' | 'uint8' | 'bool';
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** A dense tensor in host memory, row-major. `bool` holds one byte an element, 0 or 1. A scalar has shape []. */
export interface HostTensor {
  dtype: DType;
  shape: number[];
  data: TensorData;
}

/** Bytes of one element. */
export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = { float32: 4, int32: 4, uint8: 1, bool: 1 };

/** Elements of a tensor of this shape: 1 for []. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * A tensor over raw little-endian bytes, such as arrive in a request. Shares their memory where it can: only 4-byte
 * elements at an offset that isn't a multiple of 4 are copied.
 *
 * @param name Names the tensor in errors: `batch`.
 * @throws CoreError SHAPE_MISMATCH, BYTE_COUNT_MISMATCH or NOT a known dtype (DTYPE_MISMATCH).
 */
export function fromBytes(dtype: DType, shape: number[], bytes: Uint8Array, name = 'tensor'): HostTensor {
  if (!Object.hasOwn(BYTES_PER_ELEMENT, dtype)) {
    throw CoreError.invalid(
      `${name}.dtype`,
      `received ${String(dtype)}, expected one of ${Object.keys(BYTES_PER_ELEMENT).join(', ')}`,
      'DTYPE_MISMATCH',
    );
  }
  checkDimensions(shape, name);
  const expected = elementCount(shape) * BYTES_PER_ELEMENT[dtype];
  if (bytes.byteLength !== expected) {
    throw CoreError.invalid(
      `${name}.data`,
      `received ${bytes.byteLength} bytes, expected ${expected} for ${dtype} ${formatShape(shape)}; ` +
        `send raw little-endian elements in row-major order`,
      'BYTE_COUNT_MISMATCH',
    );
  }
  return { dtype, shape, data: viewOf(dtype, bytes) };
}

/** The tensor's raw little-endian bytes: a view of its memory, not a copy. */
export function toBytes(tensor: HostTensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/** `[2, 28, 28, 1]`, and -1 for a dimension of any size. */
export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? -1).join(', ')}]`;
}

/** @throws CoreError SHAPE_MISMATCH unless each dimension is a whole number of at least 0. */
export function checkDimensions(shape: readonly number[], name: string): void {
  const product = elementCount(shape);
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0) || !Number.isSafeInteger(product)) {
    throw CoreError.invalid(
      `${name}.shape`,
      `received ${formatShape(shape)}, expected whole numbers of at least 0`,
      'SHAPE_MISMATCH',
    );
  }
}

function viewOf(dtype: DType, bytes: Uint8Array): TensorData {
  if (BYTES_PER_ELEMENT[dtype] === 1) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A 4-byte view is legal only at a multiple of 4; Buffers from a pool or a message often start elsewhere.
  const source = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const length = source.byteLength / 4;
  return dtype === 'float32'
    ? new Float32Array(source.buffer, source.byteOffset, length)
    : new Int32Array(source.buffer, source.byteOffset, length);
}
