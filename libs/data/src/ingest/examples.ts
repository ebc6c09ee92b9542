import { elementsIn, isFloat, shapeText, type RawArray } from '../arrays/raw-array';
import { unusable } from '../problems';

/** Examples in canonical form: images uint8 in 0..255 or float32 in 0..1, [n, h, w, c]; videos the same, [n, frames, h, w, c]; tables float32, [n, columns]. */
export interface Examples {
  kind: 'image' | 'video' | 'table';
  count: number;
  exampleShape: number[];
  data: Uint8Array | Float32Array;
}

const CHANNELS = [1, 3, 4];

/**
 * Makes examples of an array: [n, h, w] and [n, h, w, c] are images, [n, frames, h, w, c] videos, [n, columns] is a table.
 * @throws QuartetError UNUSABLE_DATASET: other shapes, no element, values out of range, NaN or infinity.
 */
export function toExamples(raw: RawArray, file: string): Examples {
  const { shape } = raw;
  if (shape.length < 2 || shape.length > 5) throw wrongShape(file, shape, 'Add or merge dimensions with numpy.reshape.');
  if (elementsIn(shape) === 0) {
    throw unusable(file, { received: `no element (shape ${shapeText(shape)})`, expected: 'at least one', remedy: 'Send data.' });
  }
  const [count, ...rest] = shape as [number, ...number[]];
  if (shape.length === 2) return { kind: 'table', count, exampleShape: rest, data: toFloat32(raw, file) };
  const exampleShape = rest.length === 2 ? [...rest, 1] : rest;
  const kind = exampleShape.length === 4 ? 'video' : 'image';
  if (!CHANNELS.includes(exampleShape.at(-1)!)) {
    const first = CHANNELS.includes(exampleShape.at(-3)!);
    throw wrongShape(file, shape, first ? `Channels come last: use numpy.moveaxis(x, ${kind === 'video' ? 2 : 1}, -1).` : 'Images and videos have 1, 3 or 4 channels.');
  }
  return { kind, count, exampleShape, data: isFloat(raw.type) ? toUnitFloat(raw, file) : toBytes(raw, file) };
}

function wrongShape(file: string, shape: number[], remedy: string) {
  return unusable(file, {
    received: `shape ${shapeText(shape)}`,
    expected: 'images [n, height, width] or [n, height, width, channels], videos [n, frames, height, width, channels], or a table [n, columns]',
    remedy,
  });
}

function toBytes({ type, data, shape }: RawArray, file: string): Uint8Array {
  if (type === 'u1') return data as Uint8Array;
  // A boolean's true is full intensity.
  if (type === 'b1') return (data as Uint8Array).map((value) => (value === 0 ? 0 : 255));
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (value < 0 || value > 255) {
      throw unusable(file, {
        received: `pixel ${value} in image ${exampleOf(i, shape)}`,
        expected: 'whole numbers in 0..255',
        remedy: 'Scale the images to 0..255 and save them as uint8.',
      });
    }
    bytes[i] = value;
  }
  return bytes;
}

function toUnitFloat(raw: RawArray, file: string): Float32Array {
  const data = toFloat32(raw, file);
  const at = data.findIndex((value) => value < 0 || value > 1);
  if (at < 0) return data;
  throw unusable(file, {
    received: `pixel ${data[at]} in image ${exampleOf(at, raw.shape)}`,
    expected: 'fractions in 0..1, or uint8 in 0..255',
    remedy: 'If the pixels are in 0..255, save them with x.astype("uint8"); else scale them to 0..1.',
  });
}

function toFloat32({ type, data, shape }: RawArray, file: string): Float32Array {
  const floats = type === 'f4' ? (data as Float32Array) : Float32Array.from(data as ArrayLike<number>, Number);
  const at = floats.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return floats;
  throw unusable(file, {
    received: `${data[at]} in example ${exampleOf(at, shape)}`,
    expected: 'finite float32 numbers',
    remedy: 'Replace or remove such examples, e.g. x = x[numpy.isfinite(x).reshape(len(x), -1).all(1)].',
  });
}

/** Index of the example that an element belongs to. */
const exampleOf = (element: number, shape: readonly number[]): number => Math.floor(element / elementsIn(shape.slice(1)));
