import { expected, fixture } from '../testing/fixtures';
import { npyHeader } from './write';
import { parseNpy } from './parse';

describe('parseNpy', () => {
  it.each(Object.keys(expected.npy))('reads what NumPy wrote: %s', (name) => {
    const { shape, values } = expected.npy[name]!;
    const array = parseNpy(fixture(`npy/${name}.npy`), `${name}.npy`);
    expect(array.shape).toEqual(shape);
    expect(Array.from(array.data as ArrayLike<number>, Number)).toEqual(values);
  });

  it('views aligned data without copying it', () => {
    const bytes = fixture('npy/f4.npy');
    const whole = Buffer.allocUnsafeSlow(bytes.length);
    bytes.copy(whole);
    expect(parseNpy(whole, 'x').data.buffer).toBe(whole.buffer);
  });

  const withHeader = (text: string) => {
    const bytes = Buffer.concat([npyHeader('<f4', [2]), Buffer.alloc(8)]);
    bytes.fill(' ', 10, 127).write(text, 10, 'latin1');
    return bytes;
  };

  it.each<[string, () => Buffer, string]>([
    ['an empty file', () => Buffer.alloc(0), 'x.npy: the file is empty; expected the .npy magic 934e554d5059. Write it with numpy.save.'],
    ['another format', () => Buffer.from('PK\x03\x04 and more'), 'x.npy: starts with bytes 504b03042061; expected the .npy magic'],
    ['a header cut off', () => fixture('npy/f4.npy').subarray(0, 40), 'the file ends after 40 bytes, inside the header'],
    ['a prelude cut off', () => fixture('npy/f4.npy').subarray(0, 8), 'the file ends after 8 bytes, inside the header'],
    ['data cut off', () => fixture('npy/f4.npy').subarray(0, -1), 'x.npy: 95 bytes of data; expected 96 for shape [2, 3, 4] of type f4. The file is truncated'],
    ['bytes after it', () => Buffer.concat([fixture('npy/f4.npy'), Buffer.from([0])]), '97 bytes of data; expected 96 for shape [2, 3, 4] of type f4. There are bytes after the array'],
    ['a version of the future', () => Buffer.from(fixture('npy/f4.npy')).fill(9, 6, 7), '.npy version 9.0; expected version 1.0, 2.0 or 3.0'],
    ['a huge header', () => Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\x7f', 'latin1'), 'a header of 2147483647 bytes; expected at most 65536'],
    ['pickled objects', () => fixture('npy/object.npy'), 'Pickled objects are never read, since that would run code'],
    ['structures', () => fixture('npy/structured.npy'), 'element type a structured type; expected one of bool, uint8'],
    ['complex numbers', () => fixture('npy/complex.npy'), 'element type <c8; expected one of bool, uint8'],
    ['a header that is code', () => withHeader(`__import__('os').system('true')`), 'an unreadable header (a value wanted at character 0, found "__import__")'],
    ['keys missing', () => withHeader(`{'descr': '<f4'}`), 'a header with descr; expected a dictionary with'],
    ['an order that is no bool', () => withHeader(`{'descr': '<f4', 'fortran_order': 1, 'shape': (2,)}`), 'fortran_order 1; expected True or False'],
    ['a negative size', () => withHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}`), 'shape [-2]; expected a tuple of sizes'],
    ['sizes beyond all memory', () => withHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740991, 9007199254740991)}`), 'fit in memory'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes(), 'x.npy')).toThrow(expect.objectContaining({ reason: 'CORRUPT_DATA', message: expect.stringContaining(message) }));
  });
});
