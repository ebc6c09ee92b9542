import { DataType, type Tensor } from '@quartet/contracts';
import { toBytes, type DType, type HostTensor } from '@quartet/core';

const DATA_TYPES: Record<DType, DataType> = {
  float32: DataType.DATA_TYPE_FLOAT32,
  int32: DataType.DATA_TYPE_INT32,
  uint8: DataType.DATA_TYPE_UINT8,
  bool: DataType.DATA_TYPE_BOOL,
};

/** A tensor as it travels, over the same memory. */
export function toProtoTensor(tensor: HostTensor): Tensor {
  const bytes = toBytes(tensor);
  return {
    dtype: DATA_TYPES[tensor.dtype],
    shape: tensor.shape.map(BigInt),
    data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}
