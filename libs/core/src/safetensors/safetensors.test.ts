import { goldenBytes } from '../testing/golden';
import type { HostTensor } from '../tensor/host-tensor';
import { readSafetensors, writeSafetensors } from './safetensors';

const sample = (): Map<string, HostTensor> =>
  new Map<string, HostTensor>([
    ['b.kernel', { dtype: 'float32', shape: [2, 3], data: Float32Array.from([0, 1, 2, 3, 4, 5], (value) => Math.fround(value) / Math.fround(7)) }],
    ['a.mask', { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
    ['count', { dtype: 'int32', shape: [], data: Int32Array.of(-5) }],
    ['image', { dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(1, 2, 254, 255) }],
    ['empty', { dtype: 'float32', shape: [0, 4], data: new Float32Array(0) }],
  ]);

test('reads what the reference implementation wrote', () => {
  const { tensors, metadata } = readSafetensors(goldenBytes('reference.safetensors'));
  expect(metadata).toEqual({ format: 'quartet' });
  expect(new Map([...tensors].sort())).toEqual(new Map([...sample()].sort()));
});

test('reads back what it wrote, the same bytes for the same tensors in any order', () => {
  const bytes = writeSafetensors(sample(), { z: '1', a: 'é' });
  expect(readSafetensors(bytes)).toEqual({ tensors: expect.any(Map), metadata: { a: 'é', z: '1' } });
  expect(new Map([...readSafetensors(bytes).tensors].sort())).toEqual(new Map([...sample()].sort()));
  expect(writeSafetensors(new Map([...sample()].reverse()), { a: 'é', z: '1' })).toEqual(bytes);
});

test('views the bytes in place', () => {
  const bytes = writeSafetensors(sample());
  expect(readSafetensors(bytes).tensors.get('b.kernel')?.data.buffer).toBe(bytes.buffer);
});

function file(header: unknown, data = new Uint8Array(8)): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

test.each([
  ['a file of 7 bytes', new Uint8Array(7), '7 bytes, expected at least 8'],
  ['a header longer than the file', file({}).subarray(0, 9), 'not safetensors, or truncated'],
  ['a header that is not JSON', file('{"a":'), 'the header is not JSON'],
  ['a header that is a list', file([]), 'the header is not a JSON object'],
  ['an entry without offsets', file({ a: { dtype: 'F32', shape: [2] } }), 'lacks dtype, shape or data_offsets'],
  ['a gap', file({ a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }), 'no gaps, no overlaps'],
  ['an overlap', file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] }, b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }), 'no gaps, no overlaps'],
  ['missing data', file({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 12] } }), 'the file is truncated'],
  ['left-over data', file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }), '4 bytes follow the last tensor'],
  ['a shape that needs other bytes', file({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }), "8 bytes don't fit F32 [3] (12 bytes)"],
  ['a negative size', file({ a: { dtype: 'F32', shape: [-2], data_offsets: [0, 8] } }), "don't fit"],
  ['another dtype', file({ a: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } }), 'received dtype F64, expected one of F32, I32, U8, BOOL'],
  ['metadata that is not text', file({ __metadata__: { a: 1 }, a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }), 'must map strings to strings'],
])('refuses %s', (_name, bytes, message) => {
  expect(() => readSafetensors(bytes, 'weights')).toThrow(
    expect.objectContaining({ reason: 'CORRUPT_DATA', message: expect.stringContaining(message) }),
  );
});
