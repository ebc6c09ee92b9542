import type { MessageInitShape } from '@bufbuild/protobuf';
import { DataType, type Tensor, type TensorSchema } from '../generated/quartet/common/v1/tensor_pb';

export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** The elements of a tensor, row-major; of int64 as doubles. */
export function numbersOf({ dtype, data }: Tensor): Numbers {
  // A copy: typed arrays must begin at a multiple of their element's size.
  const buffer = data.slice().buffer;
  switch (dtype) {
    case DataType.FLOAT32:
      return new Float32Array(buffer);
    case DataType.FLOAT64:
      return new Float64Array(buffer);
    case DataType.INT32:
      return new Int32Array(buffer);
    case DataType.INT64:
      return Float64Array.from(new BigInt64Array(buffer), Number);
    default:
      return new Uint8Array(buffer);
  }
}

export const shapeOf = ({ shape }: Tensor): number[] => shape.map(Number);

export interface Picture {
  height: number;
  width: number;
  /** 1, 3 or 4. */
  channels: number;
  /** [height, width, channels], 0..1. */
  values: Float32Array;
}

/** Examples [n, height, width] or [n, height, width, channels] as pictures; of videos each one's first frame; none of other data. */
export function picturesOf(tensor: Tensor): Picture[] {
  const [count = 0, ...rest] = shapeOf(tensor);
  const numbers = numbersOf(tensor);
  const scale = tensor.dtype === DataType.UINT8 ? 1 / 255 : 1;
  const size = rest.reduce((a, b) => a * b, 1);
  const frame = rest.length === 4 ? rest.slice(1) : rest;
  const [height = 0, width = 0, channels = 1] = frame;
  if (frame.length < 2 || ![1, 3, 4].includes(channels)) return [];
  return Array.from({ length: count }, (_, at) => ({
    height,
    width,
    channels,
    values: Float32Array.from(numbers.subarray(at * size, at * size + height * width * channels), (value) => value * scale),
  }));
}

export function float32Tensor(shape: readonly number[], values: Float32Array): MessageInitShape<typeof TensorSchema> {
  return { dtype: DataType.FLOAT32, shape: shape.map(BigInt), data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** Some rows of a tensor along its first dimension. */
export function rowsOf(tensor: Tensor, from: number, to: number): MessageInitShape<typeof TensorSchema> {
  const [count = 1, ...rest] = tensor.shape;
  const bytes = tensor.data.length / Number(count || 1n);
  return { dtype: tensor.dtype, shape: [BigInt(to - from), ...rest], data: tensor.data.subarray(from * bytes, to * bytes) };
}
