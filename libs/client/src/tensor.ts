import { DataType, QuartetError, type Tensor } from '@quartet/contracts';

/** The typed arrays that a tensor's bytes are read as, by dtype; a bool is one byte, 0 or 1. */
const ARRAY_OF = {
  [DataType.DATA_TYPE_FLOAT32]: Float32Array,
  [DataType.DATA_TYPE_INT32]: Int32Array,
  [DataType.DATA_TYPE_UINT8]: Uint8Array,
  [DataType.DATA_TYPE_BOOL]: Uint8Array,
  [DataType.DATA_TYPE_FLOAT64]: Float64Array,
  [DataType.DATA_TYPE_INT64]: BigInt64Array,
} as const;

export type TensorArray = Float32Array | Int32Array | Uint8Array | Float64Array | BigInt64Array;

function makeTensor(dtype: keyof typeof ARRAY_OF, array: TensorArray, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== array.length) {
    throw QuartetError.invalid('shape', `is [${shape.join(', ')}], ${count} elements, but the array holds ${array.length}; make them agree`, 'SHAPE_MISMATCH');
  }
  return { dtype, shape: shape.map(BigInt), data: Buffer.from(array.buffer, array.byteOffset, array.byteLength) };
}

/** A float32 tensor over the array's own memory (no copy). @throws QuartetError SHAPE_MISMATCH if the sizes differ. */
export const tensorFromFloat32 = (array: Float32Array, shape: readonly number[]): Tensor => makeTensor(DataType.DATA_TYPE_FLOAT32, array, shape);

/** A uint8 tensor over the array's own memory (no copy). @throws QuartetError SHAPE_MISMATCH if the sizes differ. */
export const tensorFromUint8 = (array: Uint8Array, shape: readonly number[]): Tensor => makeTensor(DataType.DATA_TYPE_UINT8, array, shape);

/** An int32 tensor over the array's own memory (no copy). @throws QuartetError SHAPE_MISMATCH if the sizes differ. */
export const tensorFromInt32 = (array: Int32Array, shape: readonly number[]): Tensor => makeTensor(DataType.DATA_TYPE_INT32, array, shape);

/** A tensor's shape as numbers. */
export const shapeOf = (tensor: Tensor): number[] => tensor.shape.map(Number);

/**
 * A tensor's elements, row-major, as the typed array of its dtype: a view of the received bytes where their offset is
 * a multiple of the element size, a copy otherwise.
 * @throws QuartetError DTYPE_MISMATCH for an unknown dtype, BYTE_COUNT_MISMATCH if bytes and shape disagree.
 */
export function tensorToTypedArray(tensor: Tensor): TensorArray {
  const Type = ARRAY_OF[tensor.dtype as keyof typeof ARRAY_OF] as (typeof ARRAY_OF)[keyof typeof ARRAY_OF] | undefined;
  if (!Type) throw QuartetError.invalid('dtype', `is ${tensor.dtype}; expected one of ${Object.keys(ARRAY_OF).join(', ')} (DataType)`, 'DTYPE_MISMATCH');
  const count = shapeOf(tensor).reduce((product, size) => product * size, 1);
  const { data } = tensor;
  if (data.byteLength !== count * Type.BYTES_PER_ELEMENT) {
    const expected = count * Type.BYTES_PER_ELEMENT;
    throw QuartetError.invalid('data', `is ${data.byteLength} bytes; shape [${tensor.shape.join(', ')}] takes ${expected}`, 'BYTE_COUNT_MISMATCH');
  }
  if (data.byteOffset % Type.BYTES_PER_ELEMENT === 0) return new Type(data.buffer as ArrayBuffer, data.byteOffset, count);
  return new Type(new Uint8Array(data).buffer);
}

/** Like {@link tensorToTypedArray} for a float32 tensor. @throws QuartetError DTYPE_MISMATCH for any other. */
export function tensorToFloat32(tensor: Tensor): Float32Array {
  const array = tensorToTypedArray(tensor);
  if (array instanceof Float32Array) return array;
  throw QuartetError.invalid('dtype', `is ${DataType[tensor.dtype]}; expected DATA_TYPE_FLOAT32`, 'DTYPE_MISMATCH');
}
