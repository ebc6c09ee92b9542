import { inference, type QuartetError } from '@quartet/contracts';
import { joinElements, splitElements } from './bytes-elements';
import { contentsFromRaw, emptyContents, rawFromContents } from './contents';
import { DATATYPES, type Datatype } from './datatypes';
import type { NumericTensor } from './open-inference';
import { accepted, widen, widerFor } from './widen';

type Numeric = NumericTensor['datatype'];
const raw = (array: ArrayBufferView): Buffer => Buffer.from(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);

/** The least, the greatest and an ordinary number of each datatype, as the machine lays them out. */
const EXTREMES: Partial<Record<Numeric, ArrayBufferView>> = {
  BOOL: Uint8Array.of(0, 1, 1),
  INT8: Int8Array.of(-128, 127, 5),
  INT16: Int16Array.of(-32768, 32767, 5),
  INT32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 5),
  INT64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 5n),
  UINT8: Uint8Array.of(0, 255, 5),
  UINT16: Uint16Array.of(0, 65535, 5),
  UINT32: Uint32Array.of(0, 2 ** 32 - 1, 5),
  UINT64: BigUint64Array.of(0n, 2n ** 64n - 1n, 5n),
  FP32: Float32Array.of(-3.4028234663852886e38, 1e-45, 5.5),
  FP64: Float64Array.of(-1.7976931348623157e308, 5e-324, 5.5),
};
const NUMBERS = Object.entries(EXTREMES) as [Numeric, ArrayBufferView][];

describe('datatypes', () => {
  test.each(NUMBERS)('%s goes from raw to typed contents and back, over the wire, bit for bit', (datatype, numbers) => {
    const contents = contentsFromRaw(raw(numbers), datatype);
    const received = inference.InferTensorContents.decode(inference.InferTensorContents.encode(contents).finish());
    expect(rawFromContents(received, datatype, 3, 'x').equals(raw(numbers))).toBe(true);
    expect(Object.entries(received).filter(([, elements]) => elements.length > 0).map(([field]) => field)).toEqual([DATATYPES[datatype].contents]);
  });

  test('the sizes are those of the machine', () => {
    for (const [datatype, numbers] of NUMBERS) expect([datatype, DATATYPES[datatype].bytes]).toEqual([datatype, numbers.byteLength / 3]);
  });

  test.each<[Numeric, number]>([['INT8', -129], ['INT16', 40000], ['UINT8', 256], ['UINT16', 65536]])('a typed %s is refused beyond its range', (datatype, value) => {
    const contents = { ...emptyContents(), [DATATYPES[datatype].contents!]: [value] };
    expect(() => rawFromContents(contents, datatype, 1, 'inputs[0].contents')).toThrow(new RegExp(`received ${value} at element 0, expected -?\\d+ to \\d+, as ${datatype} is`));
  });

  test.each<Numeric>(['FP16', 'BF16'])('%s has no typed contents', (datatype) => {
    expect(() => rawFromContents(emptyContents(), datatype, 1, 'inputs[0].contents')).toThrow(`${datatype} has no typed contents; send it in raw_input_contents`);
    expect(() => rawFromContents({ ...emptyContents(), fp32Contents: [1] }, datatype, 1, 'inputs[0].contents')).toThrow(`inputs[0].contents.fp32_contents: holds 1 elements, but ${datatype} has no typed contents`);
  });
});

describe('widening', () => {
  const floats = ({ data }: NumericTensor) => [...new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer)];

  test('halves keep their numbers', () => {
    // 1, -2, 65504 (the greatest), 2^-24 (the least), 2^-14, 1/3 rounded, infinity, -0; from the definition of binary16.
    const half = widen({ datatype: 'FP16', shape: [8], data: raw(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x3555, 0x7c00, 0x8000)) }, 'FP32');
    expect(floats(half)).toEqual([1, -2, 65504, 2 ** -24, 2 ** -14, 0.333251953125, Infinity, -0]);
    expect(floats(widen({ datatype: 'FP16', shape: [1], data: raw(Uint16Array.of(0x7e00)) }, 'FP32'))).toEqual([NaN]);
    // The upper half of a float32's bits.
    const bfloat = widen({ datatype: 'BF16', shape: [4], data: raw(Uint16Array.of(0x3f80, 0xc000, 0x3eab, 0xff80)) }, 'FP32');
    expect(floats(bfloat)).toEqual([1, -2, 0.333984375, -Infinity]);
  });

  test('whole numbers keep theirs, up to the last', () => {
    const wide = (datatype: Numeric, array: ArrayBufferView, to: Numeric) => widen({ datatype, shape: [3], data: raw(array) }, to).data;
    for (const datatype of ['INT8', 'INT16', 'INT32', 'UINT8', 'UINT16', 'UINT32'] as const) {
      const numbers = EXTREMES[datatype] as Int32Array;
      expect(wide(datatype, numbers, 'INT64').equals(raw(BigInt64Array.from([...numbers], BigInt)))).toBe(true);
    }
    expect(wide('UINT32', EXTREMES.UINT32!, 'UINT64').equals(raw(BigUint64Array.of(0n, 2n ** 32n - 1n, 5n)))).toBe(true);
    expect(wide('FP32', EXTREMES.FP32!, 'FP64').equals(raw(Float64Array.from(EXTREMES.FP32 as Float32Array)))).toBe(true);
  });

  test('never loses anything: no float64 to float32, no sign, no large integers to floats', () => {
    const pairs: [Datatype, Datatype][] = [['FP64', 'FP32'], ['INT64', 'INT32'], ['INT8', 'UINT64'], ['INT32', 'FP32'], ['BYTES', 'FP32'], ['UINT64', 'INT64']];
    for (const [given, wanted] of pairs) expect([given, widerFor(given, [wanted])]).toEqual([given, undefined]);
    expect(accepted(['FP32', 'UINT8'])).toEqual(['FP32', 'UINT8', 'FP16', 'BF16']);
  });
});

describe('BYTES', () => {
  const elements = [Buffer.from('a'), Buffer.alloc(0), Buffer.from([0, 255, 10]), Buffer.from('größer')];

  test('stand after their lengths, empty ones and any bytes', () => {
    expect(joinElements(elements).subarray(0, 9).toJSON().data).toEqual([1, 0, 0, 0, 97, 0, 0, 0, 0]);
    expect(splitElements(joinElements(elements), 4, 'x')).toEqual(elements);
    expect(splitElements(Buffer.alloc(0), 0, 'x')).toEqual([]);
  });

  test.each<[string, Buffer, number, RegExp]>([
    ['a length beyond the end', Buffer.from([255, 255, 255, 255, 1]), 1, /says that element 0 has 4294967295 bytes, where 1 are left/],
    ['a length cut short', Buffer.from([0, 0, 0, 0, 1, 0]), 2, /ends within the length of element 1/],
    ['bytes left over', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]), 1, /holds 4 bytes after the last of 1 elements/],
    ['too few elements', Buffer.from([0, 0, 0, 0]), 2, /holds 1 elements, expected 2 by the shape/],
  ])('%s is refused', (_, bytes, count, message) => {
    expect(() => splitElements(bytes, count, 'raw_input_contents[0]')).toThrow(expect.objectContaining({ reason: 'BYTE_COUNT_MISMATCH', message: expect.stringMatching(message) as string } satisfies Partial<QuartetError>));
  });
});
