import { bytesPerElement, elementsIn, shapeText, viewElements, type ElementType, type RawArray } from '../arrays/raw-array';
import { gunzipFile, isGzip, readHead, readWhole, type ReadContext } from '../files/read-file';
import { corrupt } from '../problems';

/**
 * IDX: two zero bytes, one for the type, one for the number of dimensions, then each size as a big-endian uint32, then
 * the data, big-endian. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 */
const TYPES: Readonly<Record<number, ElementType>> = { 0x08: 'u1', 0x09: 'i1', 0x0b: 'i2', 0x0c: 'i4', 0x0d: 'f4', 0x0e: 'f8' };

/** Images of a batch have 4; more are no data set that can be trained on. */
const MAX_RANK = 4;

const MAX_HEADER_BYTES = 4 + 4 * MAX_RANK;

interface IdxHeader {
  type: ElementType;
  shape: number[];
  offset: number;
  /** Of header and data. */
  fileBytes: number;
}

/**
 * Reads an IDX file, plain or gzip (told by its content).
 * @throws QuartetError CORRUPT_DATA: no IDX file, truncated, trailing bytes, damaged gzip; LIMIT_EXCEEDED.
 */
export async function readIdx(path: string, name: string, context: ReadContext): Promise<RawArray> {
  const compressed = isGzip(await readHead(path, 2));
  const bytes = compressed
    ? await gunzipFile(path, name, context, MAX_HEADER_BYTES, (head) => parseHeader(head, name).fileBytes)
    : await readWhole(path, name, context);
  const { type, shape, offset, fileBytes } = parseHeader(bytes, name);
  if (bytes.length !== fileBytes) throw wrongLength(name, type, shape, fileBytes, bytes.length, compressed);
  return { type, shape, data: viewElements(bytes.subarray(offset), type, true) };
}

function parseHeader(bytes: Buffer, name: string): IdxHeader {
  const expected = 'an IDX magic: 00 00, type (08, 09, 0b, 0c, 0d, 0e), 1 to 4 dimensions';
  const remedy = 'Upload the IDX file as published, plain or as .gz, e.g. train-images-idx3-ubyte.';
  if (bytes.length < 4) throw corrupt(name, { received: `${bytes.length} bytes`, expected, remedy });
  const type = TYPES[bytes[2]!];
  const rank = bytes[3]!;
  if (bytes[0] !== 0 || bytes[1] !== 0 || !type || rank < 1 || rank > MAX_RANK) {
    throw corrupt(name, { received: `magic ${bytes.subarray(0, 4).toString('hex')}`, expected, remedy });
  }
  const offset = 4 + 4 * rank;
  if (bytes.length < offset) {
    throw corrupt(name, {
      received: `the file ends after ${bytes.length} bytes, inside the header`,
      expected: `${offset} bytes of header for ${rank} dimensions`,
      remedy: 'The file is truncated: copy or upload it again.',
    });
  }
  const shape = Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const fileBytes = offset + elementsIn(shape) * bytesPerElement(type);
  if (!Number.isSafeInteger(fileBytes)) {
    throw corrupt(name, { received: `shape ${shapeText(shape)}`, expected: 'sizes that fit in memory', remedy });
  }
  return { type, shape, offset, fileBytes };
}

function wrongLength(name: string, type: ElementType, shape: number[], expected: number, received: number, compressed: boolean) {
  const short = received < expected;
  // Decompression stops at the first byte too many, so the real number isn't known.
  const count = compressed && !short ? `more than ${expected} bytes` : `${received} bytes`;
  return corrupt(name, {
    received: count,
    expected: `${expected} for shape ${shapeText(shape)} of type ${type}`,
    remedy: short
      ? 'The file is truncated: copy or upload it again.'
      : 'There are bytes after the data: the file is damaged or its header is wrong.',
  });
}
