import { DataType } from '@quartet/contracts';
import { readNpy } from './npy';

function npy(header: string, data: Buffer, major = 1): Buffer {
  const text = `${header}\n`;
  const length = Buffer.alloc(major > 1 ? 4 : 2);
  if (major > 1) length.writeUInt32LE(text.length);
  else length.writeUInt16LE(text.length);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from([major, 0]), length, Buffer.from(text), data]);
}

test.each([1, 2])('version %i headers', (major) => {
  const floats = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
  expect(readNpy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", floats, major))).toEqual({ dtype: DataType.DATA_TYPE_FLOAT32, shape: [2n, 2n], data: floats });
});

test.each([
  ["{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", 8, 'its dtype is <f8; expected uint8 (|u1) or float32 (<f4)'],
  ["{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }", 4, 'its order is Fortran\'s'],
  ["{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }", 3, 'it holds 3 bytes of data; shape [2, 2] takes 4'],
])('%s with %i bytes is refused', (header, bytes, message) => {
  expect(() => readNpy(npy(header, Buffer.alloc(bytes)))).toThrow(message);
});

test('a file of another kind is refused', () => {
  expect(() => readNpy(Buffer.from('\x89PNG\r\n\x1a\n and more', 'latin1'))).toThrow('it is not an .npy file');
});
