import { QuartetError } from '@quartet/contracts';

const LENGTH_BYTES = 4;

/** BYTES elements in raw form: each after its length, a little-endian uint32. */
export function joinElements(elements: readonly Buffer[]): Buffer {
  const parts = elements.flatMap((element) => {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(element.length);
    return [length, element];
  });
  return Buffer.concat(parts);
}

/**
 * @param count How many there must be.
 * @param field Names the tensor in errors.
 * @throws QuartetError BYTE_COUNT_MISMATCH
 */
export function splitElements(raw: Buffer, count: number, field: string): Buffer[] {
  const wrong = (what: string) => QuartetError.invalid(field, `${what}; each BYTES element is its length, a little-endian uint32, and then so many bytes`, 'BYTE_COUNT_MISMATCH');
  const elements: Buffer[] = [];
  let at = 0;
  while (at < raw.length) {
    if (elements.length === count) throw wrong(`holds ${raw.length - at} bytes after the last of ${count} elements`);
    const left = raw.length - at - LENGTH_BYTES;
    if (left < 0) throw wrong(`ends within the length of element ${elements.length}`);
    const length = raw.readUInt32LE(at);
    if (length > left) throw wrong(`says that element ${elements.length} has ${length} bytes, where ${left} are left`);
    at += LENGTH_BYTES;
    elements.push(raw.subarray(at, at + length));
    at += length;
  }
  if (elements.length < count) throw wrong(`holds ${elements.length} elements, expected ${count} by the shape`);
  return elements;
}
