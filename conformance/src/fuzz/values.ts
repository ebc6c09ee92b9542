import { crc32 } from 'node:zlib';
import type { DescField } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { DataType, ModelRef, Tensor } from '@quartet/contracts';
import fc, { type Arbitrary } from 'fast-check';

/** What a caller of a certain platform would know, so that messages get past the first check. */
export interface Dictionary {
  models: readonly string[];
  datasets: readonly string[];
  jobs: readonly string[];
  /** Shapes of examples that its models take, without the batch. */
  shapes: readonly (readonly number[])[];
  /** Files: images, recordings, compressed streams. */
  files: readonly Uint8Array[];
  /** Bytes of whole messages by type. */
  messages?: Readonly<Record<string, Arbitrary<Uint8Array>>>;
}

const ODD_TEXTS = ['', ' ', 'x', '0', '-1', 'production', '../../etc/passwd', '__proto__', 'constructor', '%00%2e', 'a\0b', '\u202e', '\ud83d\ude00', 'null', '{"a":', 'NaN', 'a'.repeat(5000)];
/** Nothing that would be fetched or take long. */
const URIS = ['builtin:nothing', 'file:///etc/passwd', 'file:///proc/self/mem', 'http://127.0.0.1:1/', 's3://bucket/%E0%A4%A', 's3://bucket/key?endpoint=http://127.0.0.1:1', 's3:///', 'file://host/%2e%2e', 'data:,x'];
const NOT_UTF8 = Uint8Array.from([0xc3, 0x28, 0xff, 0xfe]);

/** Names that a request puts in `model`, `dataset`, `name` and so on. */
function known(field: DescField, { models, datasets, jobs }: Dictionary): readonly string[] {
  const of = `${field.parent.typeName} ${field.name}`;
  // What deletes would take the state away that the rest needs.
  if (/\.Delete\w+Request /.test(of)) return ['nothing'];
  if (field.name === 'uri') return URIS;
  if (/dataset/i.test(of) && /name|dataset/.test(field.name)) return datasets;
  if (/model/.test(field.name) || /model/i.test(field.parent.typeName)) return models;
  if (field.name === 'id' || field.name === 'job_id') return jobs;
  return [...models, ...datasets, 'production', '1'];
}

export function textFor(field: DescField, words: Dictionary): Arbitrary<Uint8Array> {
  const names = known(field, words);
  const text = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...(names.length > 0 ? names : ['x'])) },
    { weight: 2, arbitrary: fc.constantFrom(...(field.name === 'uri' ? URIS : ODD_TEXTS)) },
    { weight: field.name === 'uri' ? 0 : 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  );
  return fc.oneof({ weight: 20, arbitrary: text.map((value) => Buffer.from(value)) }, { weight: 1, arbitrary: fc.constant(NOT_UTF8) });
}

/** A compressed stream with its checksum made right again, so that what is behind it is read. */
function resealed(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x51 || bytes[1] !== 0x41 || bytes.length < 8) return bytes;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)));
  return bytes;
}

/** A file, whole or damaged in one place or cut off; or numbers; or nothing much. */
export function bytesFor(_field: DescField, { files, shapes }: Dictionary): Arbitrary<Uint8Array> {
  const file = fc.constantFrom(...files);
  const at = fc.double({ min: 0, max: 0.999, noNaN: true });
  const damaged = fc.tuple(file, at, fc.integer({ min: 0, max: 255 })).map(([bytes, where, value]) => {
    const copy = Uint8Array.from(bytes);
    copy[Math.floor(copy.length * where)] = value;
    return value % 2 === 0 ? resealed(copy) : copy;
  });
  const cut = fc.tuple(file, at).map(([bytes, where]) => bytes.subarray(0, Math.floor(bytes.length * where)));
  const numbers = fc.constantFrom(...shapes).map((shape) => new Uint8Array(4 * shape.reduce((a, b) => a * b, 1)));
  return fc.oneof({ weight: 3, arbitrary: file }, { weight: 2, arbitrary: damaged }, { weight: 1, arbitrary: cut }, { weight: 2, arbitrary: numbers }, { weight: 2, arbitrary: fc.uint8Array({ maxLength: 64 }) });
}

/** Tensors whose parts fit together, of a shape that models take, with some or all numbers absurd; the odd one is a byte short. */
export function tensors(shapes: readonly (readonly number[])[]): Arbitrary<Uint8Array> {
  const values = fc.constantFrom<readonly number[]>([0], [0.5], [1], [0, 1, 0.25], [-1, 2], [NaN], [1e30, -1e30], [Infinity, 0]);
  return fc
    .record({ shape: fc.constantFrom(...shapes), batch: fc.constantFrom(1, 1, 1, 2, 3, 0, 17), batched: fc.boolean(), float: fc.boolean(), values, short: fc.integer({ min: 0, max: 12 }) })
    .map(({ shape, batch, batched, float, values: some, short }) => {
      const sizes = batched ? [batch, ...shape] : [...shape];
      const count = sizes.reduce((a, b) => a * b, 1);
      const data = float ? Buffer.from(Float32Array.from({ length: count }, (_, i) => some[i % some.length]!).buffer) : Buffer.alloc(count, 7);
      const dtype = float ? DataType.DATA_TYPE_FLOAT32 : DataType.DATA_TYPE_UINT8;
      return Tensor.encode({ dtype, shape: sizes.map(BigInt), data: short === 0 ? data.subarray(1) : data }).finish();
    });
}

/** References to models that are there, by version mostly. */
export const references = (models: readonly string[]): Arbitrary<Uint8Array> =>
  fc.tuple(fc.constantFrom(...models), fc.constantFrom(1n, 1n, 1n, 2n, 0n, -1n)).map(([name, value]) => ModelRef.encode({ name, target: { $case: 'version', value } }).finish());

/** A moment within the years that calendars know, or at their edge. */
export const moments: Arbitrary<Uint8Array> = fc
  .constantFrom(0n, 1_700_000_000n, -62_135_596_800n, 253_402_300_799n, 2n ** 62n, -(2n ** 62n))
  .chain((seconds) => fc.constantFrom(0, 999_999_999, -1).map((nanos) => new BinaryWriter().tag(1, WireType.Varint).int64(seconds).tag(2, WireType.Varint).int32(nanos).finish()));
