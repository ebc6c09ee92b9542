import { DataType, type Tensor } from '@quartet/contracts';

/** Numbers as they travel, as float32. */
export function toFloatTensor(values: ArrayLike<number>, shape: readonly number[]): Tensor {
  const floats = Float32Array.from(values);
  return { dtype: DataType.DATA_TYPE_FLOAT32, shape: shape.map(BigInt), data: Buffer.from(floats.buffer) };
}
