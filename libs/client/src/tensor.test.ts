import { DataType, Tensor } from '@quartet/contracts';
import { shapeOf, tensorFromFloat32, tensorFromInt32, tensorFromUint8, tensorToFloat32, tensorToTypedArray } from './tensor';

describe('tensors', () => {
  test('float32 survives the wire at any byte offset', () => {
    const values = Float32Array.of(0, -1.5, 3.25, 1e30, Math.fround(0.1), NaN);
    const wire = Buffer.from(Tensor.encode(tensorFromFloat32(values, [2, 3])).finish());
    for (let offset = 0; offset < 4; offset++) {
      const shifted = Buffer.alloc(wire.length + offset);
      wire.copy(shifted, offset);
      const back = Tensor.decode(shifted.subarray(offset));
      expect(shapeOf(back)).toEqual([2, 3]);
      expect([...tensorToFloat32(back)]).toEqual([...values]);
    }
  });

  test('an aligned tensor is a view, not a copy', () => {
    const values = Float32Array.of(1, 2, 3, 4);
    expect(tensorToTypedArray(tensorFromFloat32(values.subarray(1), [3])).buffer).toBe(values.buffer);
  });

  test('every dtype has its array', () => {
    const of = (dtype: DataType, bytes: number) => tensorToTypedArray(Tensor.fromPartial({ dtype, shape: [2], data: Buffer.alloc(bytes, 1) }));
    expect(of(DataType.DATA_TYPE_INT32, 8)).toEqual(Int32Array.of(0x01010101, 0x01010101));
    expect(of(DataType.DATA_TYPE_UINT8, 2)).toEqual(Uint8Array.of(1, 1));
    expect(of(DataType.DATA_TYPE_BOOL, 2)).toEqual(Uint8Array.of(1, 1));
    expect(of(DataType.DATA_TYPE_INT64, 16)).toEqual(BigInt64Array.of(0x0101010101010101n, 0x0101010101010101n));
    expect(of(DataType.DATA_TYPE_FLOAT64, 16)).toBeInstanceOf(Float64Array);
    expect(tensorFromInt32(Int32Array.of(1), [1]).dtype).toBe(DataType.DATA_TYPE_INT32);
  });

  test('what does not fit is refused with what would', () => {
    expect(() => tensorFromUint8(new Uint8Array(5), [2, 3])).toThrow('shape: is [2, 3], 6 elements, but the array holds 5; make them agree');
    const short = Tensor.fromPartial({ dtype: DataType.DATA_TYPE_FLOAT32, shape: [2], data: Buffer.alloc(7) });
    expect(() => tensorToTypedArray(short)).toThrow('data: is 7 bytes; shape [2] takes 8');
    expect(() => tensorToTypedArray(Tensor.fromPartial({ shape: [0] }))).toThrow('dtype: is 0; expected one of');
    expect(() => tensorToFloat32(tensorFromUint8(new Uint8Array(1), [1]))).toThrow('dtype: is DATA_TYPE_UINT8; expected DATA_TYPE_FLOAT32');
  });
});
