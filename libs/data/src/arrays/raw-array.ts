/** Element types that files may hold, in NumPy's letters: kind and bytes an element. */
export const ELEMENT_TYPES = {
  b1: Uint8Array,
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  u8: BigUint64Array,
  i8: BigInt64Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

export type ElementType = keyof typeof ELEMENT_TYPES;
export type ElementArray = InstanceType<(typeof ELEMENT_TYPES)[ElementType]>;

/** An array as a file holds it: row-major, in this machine's byte order. */
export interface RawArray {
  type: ElementType;
  shape: number[];
  data: ElementArray;
}

export const elementsIn = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
export const bytesPerElement = (type: ElementType): number => ELEMENT_TYPES[type].BYTES_PER_ELEMENT;
export const isFloat = (type: ElementType): boolean => type.startsWith('f');
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/**
 * Views bytes as elements, without a copy where their place in the buffer allows it. Bytes in the other order are
 * swapped in place, so the caller gives them up.
 */
export function viewElements(bytes: Buffer, type: ElementType, bigEndian: boolean): ElementArray {
  const width = bytesPerElement(type);
  const aligned = bytes.byteOffset % width === 0 ? bytes : copyOf(bytes);
  if (bigEndian !== IS_BIG_ENDIAN) swap(aligned, width);
  return new ELEMENT_TYPES[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / width);
}

const IS_BIG_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

function swap(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16();
  else if (width === 4) bytes.swap32();
  else if (width === 8) bytes.swap64();
}

/** Row-major from column-major (Fortran) order. `data` is indexed with its first dimension running fastest. */
export function fromFortranOrder(data: ElementArray, shape: readonly number[]): ElementArray {
  const out = new (data.constructor as new (length: number) => ElementArray)(data.length);
  const index = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, axis) => elementsIn(shape.slice(0, axis)));
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    out[to] = data[from] as never;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
