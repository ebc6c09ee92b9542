import { scoped, startEngine, tf } from '../engine';
import { toHost, toTensor, toUnitRange } from './convert';
import type { HostTensor } from './host-tensor';

beforeAll(() => {
  startEngine();
});

test.each([
  { dtype: 'float32', shape: [2, 1], data: Float32Array.of(1.5, -2) },
  { dtype: 'int32', shape: [], data: Int32Array.of(-7) },
  { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
] as HostTensor[])('$dtype goes to TensorFlow and back', (host) => {
  scoped(() => {
    // A kernel in between, so that the values have really been there.
    expect(toHost(tf().reshape(toTensor(host), host.shape))).toEqual(host);
  });
});

test('uint8, which tfjs lacks, becomes int32', () => {
  scoped(() => {
    expect(toHost(toTensor({ dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255) }))).toEqual({ dtype: 'int32', shape: [2], data: Int32Array.of(0, 255) });
  });
});

test('bytes become 0..1, floats are passed on, and nothing else is an image', () => {
  const floats: HostTensor = { dtype: 'float32', shape: [1], data: Float32Array.of(0.5) };
  expect(toUnitRange(floats)).toBe(floats);
  expect(toUnitRange({ dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 51, 255) }).data).toEqual(Float32Array.of(0, 0.2, 1));
  expect(() => toUnitRange({ dtype: 'int32', shape: [1], data: Int32Array.of(1) })).toThrow('images.dtype: received int32, expected uint8 or float32');
});
