import { ScalarType, type DescEnum, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc, { type Arbitrary } from 'fast-check';
import { bytesFor, textFor, type Dictionary } from './values';

// Messages as a careless or hostile caller sends them: the fields of the type, each with a value that may be right, at an edge or
// absurd, and sometimes bytes that are no message at all. They are written byte by byte, since a library would refuse some of them.

/** Messages within messages; what is deeper is left empty. */
const MAX_DEPTH = 6;

type Write = (writer: BinaryWriter) => void;

const wireTypes: Partial<Record<ScalarType, WireType>> = {
  [ScalarType.DOUBLE]: WireType.Bit64,
  [ScalarType.FIXED64]: WireType.Bit64,
  [ScalarType.SFIXED64]: WireType.Bit64,
  [ScalarType.FLOAT]: WireType.Bit32,
  [ScalarType.FIXED32]: WireType.Bit32,
  [ScalarType.SFIXED32]: WireType.Bit32,
  [ScalarType.STRING]: WireType.LengthDelimited,
  [ScalarType.BYTES]: WireType.LengthDelimited,
};

const whole = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 12 }) }, { weight: 2, arbitrary: fc.constantFrom(-1, 28, 64, 256, 257, 2 ** 31 - 1, -(2 ** 31)) }, { weight: 1, arbitrary: fc.integer() });
const long = fc.oneof({ weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 12n }) }, { weight: 2, arbitrary: fc.constantFrom(-1n, 28n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)) });
const real = fc.oneof({ weight: 5, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }, { weight: 3, arbitrary: fc.constantFrom(0, -0, -1, 2, 1e-320, 1e308, NaN, Infinity, -Infinity) }, { weight: 1, arbitrary: fc.double() });

function scalar(type: ScalarType, field: DescField, words: Dictionary): Arbitrary<Write> {
  switch (type) {
    case ScalarType.STRING:
      return textFor(field, words).map((bytes) => (writer) => writer.bytes(bytes));
    case ScalarType.BYTES:
      return bytesFor(field, words).map((bytes) => (writer) => writer.bytes(bytes));
    case ScalarType.BOOL:
      return fc.boolean().map((value) => (writer) => writer.bool(value));
    case ScalarType.FLOAT:
      // Beyond a float's range the writer would refuse.
      return real.map((value) => (writer) => writer.float(Math.fround(value)));
    case ScalarType.DOUBLE:
      return real.map((value) => (writer) => writer.double(value));
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
      return long.map((value) => (writer) => writer.uint64(BigInt.asUintN(64, value)));
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return long.map((value) => (writer) => writer.fixed64(BigInt.asUintN(64, value)));
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return whole.map((value) => (writer) => writer.fixed32(value >>> 0));
    default:
      return whole.map((value) => (writer) => writer.int32(value));
  }
}

const enumeration = ({ values }: DescEnum): Arbitrary<Write> =>
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...values.map(({ number }) => number)) }, { weight: 1, arbitrary: fc.constantFrom(-1, 99, 2 ** 31 - 1) }).map((value) => (writer) => writer.int32(value));

const nested = (bytes: Arbitrary<Uint8Array>): Arbitrary<Write> => bytes.map((message) => (writer) => writer.bytes(message));

/** One value of a field, with its tag. */
function valueOf(field: DescField, words: Dictionary, depth: number): Arbitrary<Write> {
  const tagged = (type: WireType, value: Arbitrary<Write>) => value.map((write): Write => (writer) => write(writer.tag(field.number, type)));
  if (field.fieldKind === 'map') return tagged(WireType.LengthDelimited, nested(entryOf(field, words)));
  const { message, enum: named, scalar: type } = field;
  if (message) return tagged(WireType.LengthDelimited, nested(messageOf(message, words, depth + 1)));
  if (named) return tagged(WireType.Varint, enumeration(named));
  return tagged(wireTypes[type] ?? WireType.Varint, scalar(type, field, words));
}

const entryOf = (field: DescField, words: Dictionary): Arbitrary<Uint8Array> =>
  textFor(field, words).map((key) => new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(key).tag(2, WireType.LengthDelimited).bytes(key).finish());

/** How often a field comes: mostly once, often not at all, a list several times, now and then far too often. Of a sparse message little more than its messages. */
function timesOf(field: DescField, sparse: boolean): Arbitrary<number> {
  if (sparse && !field.message && field.name !== 'model') return fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
  if (sparse && field.fieldKind === 'list') return fc.constantFrom(1, 1, 2);
  const repeated = field.fieldKind === 'list' || field.fieldKind === 'map';
  if (!repeated) return fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(2) });
  return fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 4 }) }, { weight: 1, arbitrary: fc.constantFrom(40, 300) });
}

const contentOf = (field: DescField, words: Dictionary, depth: number, sparse: boolean): Arbitrary<Write[]> =>
  timesOf(field, sparse).chain((times) => (times > 4 ? valueOf(field, words, depth).map((write) => Array.from({ length: times }, () => write)) : fc.array(valueOf(field, words, depth), { minLength: times, maxLength: times })));

/** The bytes of a message of a type. */
export function messageOf(type: DescMessage, words: Dictionary, depth = 0): Arbitrary<Uint8Array> {
  const special = words.messages?.[type.typeName];
  const built = depth > MAX_DEPTH || type.fields.length === 0 ? fc.constant(new Uint8Array()) : fieldsOf(type, words, depth);
  return special ? fc.oneof({ weight: 4, arbitrary: special }, { weight: 1, arbitrary: built }) : built;
}

function fieldsOf(type: DescMessage, words: Dictionary, depth: number): Arbitrary<Uint8Array> {
  const plain = type.fields.filter(({ oneof }) => !oneof);
  const choices = type.oneofs.map(({ fields }) => fc.oneof(...fields.map((field) => valueOf(field, words, depth).map((write) => [write])), fc.constant([])));
  const made = (sparse: boolean) =>
    fc.tuple(...plain.map((field) => contentOf(field, words, depth, sparse)), ...choices).map((parts) => {
      const writer = new BinaryWriter();
      for (const write of parts.flat()) write(writer);
      return writer.finish();
    });
  return fc.oneof(made(true), made(false));
}

type Damage = { cut: number } | { flip: number; to: number } | { append: Uint8Array } | undefined;

const damage: Arbitrary<Damage> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.record({ cut: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.record({ flip: fc.double({ min: 0, max: 0.999, noNaN: true }), to: fc.integer({ min: 0, max: 255 }) }) },
  { weight: 1, arbitrary: fc.record({ append: fc.uint8Array({ maxLength: 24 }) }) },
);

/** What is sent in place of a message: mostly bytes of the type, sometimes cut off, altered, or with more behind them. */
export function sentFor(type: DescMessage, words: Dictionary): Arbitrary<Buffer> {
  return fc.tuple(messageOf(type, words), damage).map(([message, how]) => {
    const bytes = Buffer.from(message);
    if (!how) return bytes;
    if ('cut' in how) return bytes.subarray(0, Math.floor(bytes.length * how.cut));
    if ('append' in how) return Buffer.concat([bytes, how.append]);
    if (bytes.length > 0) bytes[Math.floor(bytes.length * how.flip)] = how.to;
    return bytes;
  });
}
