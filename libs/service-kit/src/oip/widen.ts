import type { Datatype } from './datatypes';
import { DATATYPES } from './datatypes';
import type { NumericTensor } from './open-inference';

type Numeric = NumericTensor['datatype'];

/** What each datatype takes without loss. */
const WIDENS: Partial<Record<Datatype, readonly Numeric[]>> = {
  FP32: ['FP16', 'BF16'],
  FP64: ['FP32', 'FP16', 'BF16'],
  INT32: ['INT8', 'INT16', 'UINT8', 'UINT16'],
  INT64: ['INT8', 'INT16', 'INT32', 'UINT8', 'UINT16', 'UINT32'],
  UINT64: ['UINT8', 'UINT16', 'UINT32'],
};

const takes = new WeakMap<readonly Datatype[], readonly Datatype[]>();

/** All that an input takes: its own datatypes, and those that widen to one of them. Made once for each input of a signature. */
export function accepted(datatypes: readonly Datatype[]): readonly Datatype[] {
  const known = takes.get(datatypes) ?? [...new Set([...datatypes, ...datatypes.flatMap((own) => WIDENS[own] ?? [])])];
  takes.set(datatypes, known);
  return known;
}

/** The first of an input's own datatypes that holds all of another's numbers. */
export const widerFor = (given: Datatype, datatypes: readonly Datatype[]): Numeric | undefined =>
  datatypes.find((own) => WIDENS[own]?.includes(given as Numeric)) as Numeric | undefined;

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a binary32. */
function bfloat(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

const READ: Partial<Record<Numeric, (view: DataView, at: number) => number>> = {
  INT8: (view, at) => view.getInt8(at),
  INT16: (view, at) => view.getInt16(at, true),
  INT32: (view, at) => view.getInt32(at, true),
  UINT8: (view, at) => view.getUint8(at),
  UINT16: (view, at) => view.getUint16(at, true),
  UINT32: (view, at) => view.getUint32(at, true),
  FP16: (view, at) => half(view.getUint16(at, true)),
  BF16: (view, at) => bfloat(view.getUint16(at, true)),
  FP32: (view, at) => view.getFloat32(at, true),
};

const WRITE: Partial<Record<Numeric, (view: DataView, at: number, value: number) => void>> = {
  INT32: (view, at, value) => view.setInt32(at, value, true),
  INT64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  UINT64: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  FP32: (view, at, value) => view.setFloat32(at, value, true),
  FP64: (view, at, value) => view.setFloat64(at, value, true),
};

/** The same numbers in a wider datatype, as {@link widerFor} says. */
export function widen({ datatype, shape, data }: NumericTensor, to: Numeric): NumericTensor {
  const [from, into] = [DATATYPES[datatype].bytes, DATATYPES[to].bytes];
  const count = data.length / from;
  const wide = Buffer.alloc(count * into);
  const source = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const target = new DataView(wide.buffer, wide.byteOffset, wide.byteLength);
  for (let at = 0; at < count; at++) WRITE[to]!(target, at * into, READ[datatype]!(source, at * from));
  return { datatype: to, shape, data: wide };
}
