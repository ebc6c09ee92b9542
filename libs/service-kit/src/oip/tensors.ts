import { QuartetError, type DataType, type Tensor } from '@quartet/contracts';
import { toBytes, type DType, type HostTensor } from '@quartet/core';
import { DATATYPES } from './datatypes';
import type { BytesTensor, InferenceTensor, NumericTensor } from './open-inference';

const OF_DTYPE = { float32: 'FP32', int32: 'INT32', uint8: 'UINT8', bool: 'BOOL' } as const satisfies Record<DType, NumericTensor['datatype']>;

/** What an engine answers with, over the same memory. */
export function fromHostTensor(tensor: HostTensor): NumericTensor {
  const { buffer, byteOffset, byteLength } = toBytes(tensor);
  return { datatype: OF_DTYPE[tensor.dtype], shape: tensor.shape, data: Buffer.from(buffer, byteOffset, byteLength) };
}

export function fromFloats(values: Float32Array, shape: readonly number[]): NumericTensor {
  return { datatype: 'FP32', shape, data: Buffer.from(values.buffer, values.byteOffset, values.byteLength) };
}

/** Texts, as UTF-8. */
export const fromTexts = (texts: readonly string[], shape: readonly number[] = [texts.length]): BytesTensor => ({ datatype: 'BYTES', shape, elements: texts.map((text) => Buffer.from(text)) });

/** As typed requests have tensors, over the same memory. Of a datatype that they have. */
export function toTensor(tensor: InferenceTensor): Tensor {
  const dtype: DataType | undefined = DATATYPES[tensor.datatype].dtype;
  if (tensor.datatype === 'BYTES' || dtype === undefined) throw new QuartetError('INTERNAL', `typed requests have no ${tensor.datatype}`);
  return { dtype, shape: tensor.shape.map(BigInt), data: tensor.data };
}

/** The rows of a batch, as typed requests have lists of tensors. */
export function toTensors(tensor: InferenceTensor): Tensor[] {
  const { dtype, shape, data } = toTensor(tensor);
  const count = Number(shape[0]);
  const size = data.length / count;
  return Array.from({ length: count }, (_, row) => ({ dtype, shape: shape.slice(1), data: data.subarray(row * size, (row + 1) * size) }));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The texts of BYTES. @throws QuartetError INVALID_FIELD for one that isn't UTF-8. */
export function toTexts(tensor: InferenceTensor, field: string): string[] {
  return toBlobs(tensor).map((element, index) => {
    try {
      return decoder.decode(element);
    } catch {
      throw QuartetError.invalid(`${field}[${index}]`, 'is not UTF-8; encode the text so');
    }
  });
}

export function toBlobs(tensor: InferenceTensor): readonly Buffer[] {
  if (tensor.datatype !== 'BYTES') throw new QuartetError('INTERNAL', `${tensor.datatype} has no elements of bytes`);
  return tensor.elements;
}

/** The numbers of INT32, INT64 or UINT64. */
export function toIntegers({ datatype, ...tensor }: InferenceTensor): bigint[] {
  if (datatype === 'BYTES') throw new QuartetError('INTERNAL', 'BYTES are no numbers');
  const { data } = tensor as NumericTensor;
  const { bytes } = DATATYPES[datatype];
  const read = { INT32: (at: number) => BigInt(data.readInt32LE(at)), INT64: (at: number) => data.readBigInt64LE(at), UINT64: (at: number) => data.readBigUInt64LE(at) }[datatype as 'INT32'];
  if (!read) throw new QuartetError('INTERNAL', `${datatype} isn't read as whole numbers`);
  return Array.from({ length: data.length / bytes }, (_, index) => read(index * bytes));
}
