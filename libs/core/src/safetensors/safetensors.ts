import { CoreError } from '../errors';
import { checkDimensions, elementCount, fromBytes, toBytes, BYTES_PER_ELEMENT, type DType, type HostTensor } from '../tensor/host-tensor';

// The safetensors format (https://github.com/huggingface/safetensors): 8 bytes little-endian length of the header, the
// header as JSON, then the tensors' bytes without gaps. Holds no code, unlike a pickle.

export interface SafetensorsFile {
  tensors: Map<string, HostTensor>;
  metadata: Record<string, string>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const NAME_OF: Readonly<Record<DType, string>> = { float32: 'F32', int32: 'I32', uint8: 'U8', bool: 'BOOL' };
const DTYPE_OF = new Map(Object.entries(NAME_OF).map(([dtype, name]) => [name, dtype as DType]));
/** The reference implementation's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Writes tensors as safetensors. Equal tensors and metadata give equal bytes: tensors are laid out by descending element
 * size (which keeps each aligned) and then by name, as the reference implementation does.
 */
export function writeSafetensors(tensors: ReadonlyMap<string, HostTensor>, metadata: Record<string, string> = {}): Uint8Array {
  const ordered = [...tensors].sort(
    ([a, { dtype: dtypeA }], [b, { dtype: dtypeB }]) => BYTES_PER_ELEMENT[dtypeB] - BYTES_PER_ELEMENT[dtypeA] || compare(a, b),
  );
  const header: Record<string, unknown> = {};
  const keys = Object.keys(metadata).sort(compare);
  if (keys.length > 0) header.__metadata__ = Object.fromEntries(keys.map((key) => [key, metadata[key]]));
  let offset = 0;
  for (const [name, tensor] of ordered) {
    const end = offset + tensor.data.byteLength;
    header[name] = { dtype: NAME_OF[tensor.dtype], shape: tensor.shape, data_offsets: [offset, end] } satisfies Entry;
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  // Spaces bring the data to a multiple of 8, so that it can be viewed in place.
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(json, 8);
  let position = 8 + headerLength;
  for (const [, tensor] of ordered) {
    bytes.set(toBytes(tensor), position);
    position += tensor.data.byteLength;
  }
  return bytes;
}

/**
 * Reads safetensors. The tensors are views of `bytes` wherever they are aligned.
 *
 * @param name Names the file in errors.
 * @throws CoreError CORRUPT_DATA when the bytes break the format, have gaps or overlaps, or hold another dtype than
 *   F32, I32, U8 and BOOL.
 */
export function readSafetensors(bytes: Uint8Array, name = 'safetensors'): SafetensorsFile {
  const { header, dataStart } = readHeader(bytes, name);
  const metadata = readMetadata(header.__metadata__, name);
  delete header.__metadata__;
  const data = bytes.subarray(dataStart);
  const entries = Object.entries(header).map(([key, entry]) => [key, checkEntry(entry, `${name}: tensor ${key}`)] as const);
  entries.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  const tensors = new Map<string, HostTensor>();
  let position = 0;
  for (const [key, entry] of entries) {
    const [start, end] = entry.data_offsets;
    if (start !== position) throw corrupt(name, `tensor ${key} starts at ${start}, expected ${position}: no gaps, no overlaps`);
    if (end > data.length) throw corrupt(name, `tensor ${key} ends at byte ${end} of ${data.length}: the file is truncated`);
    tensors.set(key, readTensor(entry, data.subarray(start, end), `${name}: tensor ${key}`));
    position = end;
  }
  if (position !== data.length) throw corrupt(name, `${data.length - position} bytes follow the last tensor`);
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array, name: string): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) throw corrupt(name, `${bytes.length} bytes, expected at least 8`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES) || Number(length) + 8 > bytes.length) {
    throw corrupt(name, `the header claims ${length} bytes of ${bytes.length}: not safetensors, or truncated`);
  }
  const dataStart = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, dataStart)));
  } catch (cause) {
    throw corrupt(name, 'the header is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw corrupt(name, 'the header is not a JSON object');
  return { header: header as Record<string, unknown>, dataStart };
}

function readMetadata(value: unknown, name: string): Record<string, string> {
  if (value === undefined) return {};
  const valid = typeof value === 'object' && value !== null && Object.values(value).every((entry) => typeof entry === 'string');
  if (!valid) throw corrupt(name, '__metadata__ must map strings to strings');
  return value as Record<string, string>;
}

function checkEntry(value: unknown, what: string): Entry {
  const entry = value as Partial<Entry> | null;
  const offsets = entry?.data_offsets;
  const valid =
    typeof entry === 'object' && entry !== null && typeof entry.dtype === 'string' && Array.isArray(entry.shape) &&
    Array.isArray(offsets) && offsets.length === 2 && offsets.every((offset) => Number.isSafeInteger(offset) && offset >= 0) &&
    offsets[0] <= offsets[1];
  if (!valid) throw corrupt(what, 'its entry lacks dtype, shape or data_offsets');
  return entry as Entry;
}

function readTensor(entry: Entry, bytes: Uint8Array, what: string): HostTensor {
  const dtype = DTYPE_OF.get(entry.dtype);
  if (!dtype) throw corrupt(what, `received dtype ${entry.dtype}, expected one of ${[...DTYPE_OF.keys()].join(', ')}`);
  try {
    checkDimensions(entry.shape, what);
    return fromBytes(dtype, entry.shape, bytes, what);
  } catch (cause) {
    const expected = elementCount(entry.shape) * BYTES_PER_ELEMENT[dtype];
    throw corrupt(what, `${bytes.length} bytes don't fit ${entry.dtype} [${entry.shape.join(', ')}] (${expected} bytes)`, cause);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function corrupt(what: string, detail: string, cause?: unknown): CoreError {
  return new CoreError('CORRUPT_DATA', `${what}: ${detail}`, { cause });
}
