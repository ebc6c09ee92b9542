import { DataType, TensorSchema, type Tensor } from '../generated/quartet/common/v1/tensor_pb';
import { create } from '@bufbuild/protobuf';

const TYPES: Record<string, DataType> = { '<f4': DataType.FLOAT32, '|u1': DataType.UINT8, '<f8': DataType.FLOAT64, '<i4': DataType.INT32 };

/** A NumPy file, versions 1 to 3, in C order. See https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
export function readNpy(bytes: Uint8Array): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [start, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const dtype = TYPES[/'descr': *'([^']+)'/.exec(header)?.[1] ?? ''];
  const shape = /'shape': *\(([^)]*)\)/.exec(header)?.[1]?.split(',').filter((size) => size.trim() !== '').map((size) => BigInt(size.trim()));
  if (dtype === undefined || !shape) throw new Error(`The file is no .npy that can be shown here: ${header.trim()}`);
  return create(TensorSchema, { dtype, shape, data: bytes.subarray(start + length) });
}
