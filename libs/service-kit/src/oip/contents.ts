import { QuartetError, type inference } from '@quartet/contracts';
import { CONTENTS_FIELDS, DATATYPES, type Datatype } from './datatypes';

type Contents = inference.InferTensorContents;
type Field = keyof typeof CONTENTS_FIELDS;
type Numeric = Exclude<Datatype, 'BYTES'>;

interface Codec {
  write(view: DataView, at: number, value: number | bigint | boolean): void;
  read(view: DataView, at: number): number | bigint | boolean;
  /** Least and greatest, where the field holds more than the datatype. */
  range?: readonly [number, number];
}

const CODECS: Partial<Record<Numeric, Codec>> = {
  BOOL: { write: (view, at, value) => view.setUint8(at, value ? 1 : 0), read: (view, at) => view.getUint8(at) !== 0 },
  INT8: { write: (view, at, value) => view.setInt8(at, Number(value)), read: (view, at) => view.getInt8(at), range: [-128, 127] },
  INT16: { write: (view, at, value) => view.setInt16(at, Number(value), true), read: (view, at) => view.getInt16(at, true), range: [-32768, 32767] },
  INT32: { write: (view, at, value) => view.setInt32(at, Number(value), true), read: (view, at) => view.getInt32(at, true) },
  INT64: { write: (view, at, value) => view.setBigInt64(at, BigInt(value), true), read: (view, at) => view.getBigInt64(at, true) },
  UINT8: { write: (view, at, value) => view.setUint8(at, Number(value)), read: (view, at) => view.getUint8(at), range: [0, 255] },
  UINT16: { write: (view, at, value) => view.setUint16(at, Number(value), true), read: (view, at) => view.getUint16(at, true), range: [0, 65535] },
  UINT32: { write: (view, at, value) => view.setUint32(at, Number(value), true), read: (view, at) => view.getUint32(at, true) },
  UINT64: { write: (view, at, value) => view.setBigUint64(at, BigInt(value), true), read: (view, at) => view.getBigUint64(at, true) },
  FP32: { write: (view, at, value) => view.setFloat32(at, Number(value), true), read: (view, at) => view.getFloat32(at, true) },
  FP64: { write: (view, at, value) => view.setFloat64(at, Number(value), true), read: (view, at) => view.getFloat64(at, true) },
};

/**
 * The elements of typed contents, which must all stand in the datatype's own field.
 * @param field Path of the contents, for errors.
 * @throws QuartetError INVALID_FIELD, BYTE_COUNT_MISMATCH
 */
function elementsOf(contents: Contents, datatype: Datatype, count: number, field: string): readonly (number | bigint | boolean | Buffer)[] {
  const own: Field | undefined = DATATYPES[datatype].contents;
  const strange = (Object.keys(CONTENTS_FIELDS) as Field[]).find((name) => name !== own && contents[name].length > 0);
  if (strange) {
    const remedy = own ? `${datatype} goes in ${CONTENTS_FIELDS[own]}` : `${datatype} has no typed contents; send it in raw_input_contents`;
    throw QuartetError.invalid(`${field}.${CONTENTS_FIELDS[strange]}`, `holds ${contents[strange].length} elements, but ${remedy}`);
  }
  if (!own) throw QuartetError.invalid(field, `is empty; ${datatype} has no typed contents; send it in raw_input_contents`);
  const elements = contents[own];
  if (elements.length !== count) {
    throw QuartetError.invalid(`${field}.${CONTENTS_FIELDS[own]}`, `received ${elements.length} elements, expected ${count} by the shape`, 'BYTE_COUNT_MISMATCH');
  }
  return elements;
}

/** Elements of BYTES from typed contents, where they have no length before them. */
export const bytesFromContents = (contents: Contents, count: number, field: string): readonly Buffer[] => elementsOf(contents, 'BYTES', count, field) as readonly Buffer[];

/** Little-endian elements from typed contents. */
export function rawFromContents(contents: Contents, datatype: Numeric, count: number, field: string): Buffer {
  const elements = elementsOf(contents, datatype, count, field) as readonly (number | bigint | boolean)[];
  const { write, range } = CODECS[datatype]!;
  const bytes = DATATYPES[datatype].bytes;
  const raw = Buffer.alloc(count * bytes);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  elements.forEach((value, at) => {
    if (range && (Number(value) < range[0] || Number(value) > range[1])) {
      throw QuartetError.invalid(`${field}.${CONTENTS_FIELDS[DATATYPES[datatype].contents!]}`, `received ${value} at element ${at}, expected ${range[0]} to ${range[1]}, as ${datatype} is`);
    }
    write(view, at * bytes, value);
  });
  return raw;
}

/** Typed contents of little-endian elements. Datatypes without typed contents never reach it: no model answers in them. */
export function contentsFromRaw(raw: Buffer, datatype: Numeric): Contents {
  const { bytes, contents: field } = DATATYPES[datatype];
  const codec = CODECS[datatype];
  if (!codec || !field) throw new QuartetError('INTERNAL', `${datatype} has no typed contents`);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const elements = Array.from({ length: raw.length / bytes }, (_, at) => codec.read(view, at * bytes));
  return { ...emptyContents(), [field]: elements };
}

export const emptyContents = (): Contents => ({
  boolContents: [],
  intContents: [],
  int64Contents: [],
  uintContents: [],
  uint64Contents: [],
  fp32Contents: [],
  fp64Contents: [],
  bytesContents: [],
});
