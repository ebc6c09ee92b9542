import { fromBytes, toBytes } from './host-tensor';

test('shares the memory of aligned bytes', () => {
  const buffer = new ArrayBuffer(24);
  const tensor = fromBytes('float32', [2, 2], new Uint8Array(buffer, 8, 16));
  expect(tensor.data.buffer).toBe(buffer);
  expect(tensor.data.byteOffset).toBe(8);
  expect(toBytes(tensor).buffer).toBe(buffer);
});

test('copies 4-byte elements that start at an odd offset, and no others', () => {
  const buffer = new ArrayBuffer(9);
  new DataView(buffer).setFloat32(1, 1.5, true);
  new DataView(buffer).setFloat32(5, -2, true);
  const tensor = fromBytes('float32', [2], new Uint8Array(buffer, 1, 8));
  expect([...tensor.data]).toEqual([1.5, -2]);
  expect(tensor.data.buffer).not.toBe(buffer);
  expect(fromBytes('uint8', [3], new Uint8Array(buffer, 1, 3)).data.buffer).toBe(buffer);
});

test('a scalar has the shape [] and one element', () => {
  expect(fromBytes('int32', [], new Uint8Array(Int32Array.of(-7).buffer)).data[0]).toBe(-7);
});

test('says how many bytes a shape needs', () => {
  expect(() => fromBytes('float32', [2, 28], new Uint8Array(200), 'batch')).toThrow(
    'batch.data: received 200 bytes, expected 224 for float32 [2, 28]; send raw little-endian elements in row-major order',
  );
});

test.each([[[-1, 2]], [[1.5]], [[Number.NaN]], [[2 ** 40, 2 ** 40]]])('refuses the shape %p', (shape) => {
  expect(() => fromBytes('uint8', shape, new Uint8Array(0))).toThrow('expected whole numbers of at least 0');
});

test('refuses a dtype that it does not know', () => {
  expect(() => fromBytes('float16' as 'float32', [1], new Uint8Array(2))).toThrow(
    'tensor.dtype: received float16, expected one of float32, int32, uint8, bool',
  );
});
