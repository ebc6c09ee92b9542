import { bytesPerElement, ELEMENT_TYPES, elementsIn, shapeText, type ElementType } from '../arrays/raw-array';
import { corrupt, textOf } from '../problems';
import { parseLiteral, type Literal } from './literal';

/**
 * The header of an .npy file, versions 1.0, 2.0 and 3.0.
 * Source: NumPy, numpy.lib.format, "NumPy Array Format".
 */
export interface NpyHeader {
  type: ElementType;
  bigEndian: boolean;
  fortranOrder: boolean;
  shape: number[];
  /** Where the data starts, in bytes. */
  offset: number;
  /** Bytes of data that must follow. */
  byteLength: number;
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** Enough for the magic, the version and the length of the header. */
export const NPY_PRELUDE_BYTES = 12;
/** NumPy itself refuses headers over 10,000 bytes; plain arrays have about 100. */
const MAX_HEADER_BYTES = 65_536;
const SAVE_AGAIN = 'Save it again with numpy.save.';

/** The number of bytes up to the end of the header, from the first 12 bytes of a file. */
export function npyHeaderEnd(head: Buffer, file: string): number {
  if (!head.subarray(0, 6).equals(MAGIC)) {
    const received = head.length === 0 ? 'the file is empty' : `starts with bytes ${head.subarray(0, 6).toString('hex')}`;
    throw corrupt(file, { received, expected: `the .npy magic ${MAGIC.toString('hex')}`, remedy: 'Write it with numpy.save.' });
  }
  const major = head[6];
  if (head.length < NPY_PRELUDE_BYTES) throw truncatedHeader(file, head.length);
  if (major !== 1 && major !== 2 && major !== 3) {
    throw corrupt(file, { received: `.npy version ${major}.${head[7]}`, expected: 'version 1.0, 2.0 or 3.0', remedy: SAVE_AGAIN });
  }
  const length = major === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
  if (length > MAX_HEADER_BYTES) {
    throw corrupt(file, { received: `a header of ${length} bytes`, expected: `at most ${MAX_HEADER_BYTES}`, remedy: SAVE_AGAIN });
  }
  return (major === 1 ? 10 : 12) + length;
}

/** @param head The file's first bytes, up to the end of its header or beyond. */
export function parseNpyHeader(head: Buffer, file: string): NpyHeader {
  const end = npyHeaderEnd(head, file);
  if (head.length < end) throw truncatedHeader(file, head.length);
  const text = head.subarray(head[6] === 1 ? 10 : 12, end).toString(head[6] === 3 ? 'utf8' : 'latin1');
  const fields = parseFields(text, file);
  const { type, bigEndian } = parseDescr(fields['descr']!, file);
  const fortranOrder = fields['fortran_order'];
  if (typeof fortranOrder !== 'boolean') {
    throw corrupt(file, { received: `fortran_order ${JSON.stringify(fortranOrder)}`, expected: 'True or False', remedy: SAVE_AGAIN });
  }
  const shape = parseShape(fields['shape']!, file);
  return { type, bigEndian, fortranOrder, shape, offset: end, byteLength: elementsIn(shape) * bytesPerElement(type) };
}

function truncatedHeader(file: string, length: number) {
  return corrupt(file, {
    received: `the file ends after ${length} bytes, inside the header`,
    expected: 'a complete .npy header',
    remedy: 'The file is truncated: copy or upload it again.',
  });
}

function parseFields(text: string, file: string): { [key: string]: Literal } {
  const expected = `a dictionary with 'descr', 'fortran_order' and 'shape'`;
  let value: Literal;
  try {
    value = parseLiteral(text);
  } catch (error) {
    throw corrupt(file, { received: `an unreadable header (${textOf(error)})`, expected, remedy: SAVE_AGAIN, cause: error });
  }
  const keys = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value).sort().join() : '';
  if (keys !== 'descr,fortran_order,shape') {
    throw corrupt(file, { received: `a header with ${keys || 'no dictionary'}`, expected, remedy: SAVE_AGAIN });
  }
  return value as { [key: string]: Literal };
}

function parseDescr(descr: Literal, file: string): { type: ElementType; bigEndian: boolean } {
  const text = typeof descr === 'string' ? descr : 'a structured type';
  const match = /^([<>|=]?)([a-zA-Z]\d+)$/.exec(text);
  const type = match?.[2];
  if (!match || !type || !Object.hasOwn(ELEMENT_TYPES, type)) {
    const object = text.includes('O');
    throw corrupt(file, {
      received: `element type ${object ? `${text} (Python objects)` : text}`,
      expected: 'one of bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64',
      remedy: object
        ? 'Pickled objects are never read, since that would run code; convert with x.astype("float32") before saving.'
        : 'Convert with x.astype("float32") or x.astype("uint8") before saving.',
    });
  }
  return { type: type as ElementType, bigEndian: match[1] === '>' };
}

function parseShape(shape: Literal, file: string): number[] {
  const sizes = Array.isArray(shape) ? shape : [];
  const valid = Array.isArray(shape) && sizes.every((s): s is number => typeof s === 'number' && Number.isSafeInteger(s) && s >= 0);
  if (!valid || !Number.isSafeInteger(elementsIn(sizes) * 8)) {
    throw corrupt(file, {
      received: `shape ${Array.isArray(shape) ? shapeText(sizes as number[]) : JSON.stringify(shape)}`,
      expected: 'a tuple of sizes that are 0 or more and fit in memory',
      remedy: SAVE_AGAIN,
    });
  }
  return sizes;
}
