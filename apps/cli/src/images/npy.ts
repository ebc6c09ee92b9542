import { DataType, type Tensor } from '@quartet/contracts';

const DTYPES: Record<string, { dtype: DataType; bytes: number }> = {
  '|u1': { dtype: DataType.DATA_TYPE_UINT8, bytes: 1 },
  '<f4': { dtype: DataType.DATA_TYPE_FLOAT32, bytes: 4 },
};

/**
 * Reads a .npy file (NEP 1: magic, version, header length, a Python dict, raw data) of uint8 or float32.
 * @throws Error saying what the file is and what is expected.
 */
export function readNpy(file: Buffer): Tensor {
  if (file.length < 10 || file.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error('it is not an .npy file: the magic bytes are missing');
  const wide = file[6]! > 1;
  const start = (wide ? 12 : 10) + (wide ? file.readUInt32LE(8) : file.readUInt16LE(8));
  const header = file.toString('latin1', wide ? 12 : 10, start);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? '';
  const found = DTYPES[descr];
  if (!found) throw new Error(`its dtype is ${descr || 'not a plain one'}; expected uint8 (|u1) or float32 (<f4): convert it with astype`);
  if (/'fortran_order':\s*True/.test(header)) throw new Error('its order is Fortran\'s; expected C order: save np.ascontiguousarray of it');
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').map((size) => size.trim()).filter(Boolean).map(Number);
  const data = file.subarray(start);
  const expected = shape.reduce((product, size) => product * size, found.bytes);
  if (data.length !== expected) throw new Error(`it holds ${data.length} bytes of data; shape [${shape.join(', ')}] takes ${expected}: the file is truncated or damaged`);
  return { dtype: found.dtype, shape: shape.map(BigInt), data };
}

/** An array as an .npy 1.0 file. @param descr `|u1`, `<i4` or `<f4`. */
export function npyBytes(descr: string, shape: readonly number[], data: Uint8Array | Int32Array | Float32Array): Buffer {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  // The data starts at a multiple of 64 bytes.
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const prelude = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1');
  prelude.writeUInt16LE(length, 8);
  return Buffer.concat([prelude, Buffer.from(`${dict.padEnd(length - 1)}\n`, 'latin1'), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}
