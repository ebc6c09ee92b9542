import { crc32 } from 'node:zlib';
import { QuartetError } from '@quartet/contracts';
import { QUALITIES } from '@quartet/core';

// A compressed stream: "QA", format (1 byte), the first 4 bytes of the SHA-256 of the version's weights, quality (1 byte), version
// number and count of examples (varints), of sequences each one's length (varints), the arithmetic code of the latents, and the CRC-32 of
// all before it (4 bytes, big-endian). Quality 0: of a codebook.

const MAGIC = Buffer.from('QA');
const FORMAT = 1;
const WEIGHTS_BYTES = 4;
const CHECKSUM_BYTES = 4;
const SHORTEST = MAGIC.length + 1 + WEIGHTS_BYTES + 1 + 2 + CHECKSUM_BYTES;

export interface CompressedStream {
  /** First bytes of the SHA-256 of the version's weights, in hexadecimal. */
  weights: string;
  version: number;
  quality: number;
  count: number;
  /** After the count: of sequences their lengths, and the code. */
  rest: Uint8Array;
}

export const weightsMark = (weightsSha256: string): string => weightsSha256.slice(0, 2 * WEIGHTS_BYTES);

export function writeStream({ weights, version, quality, count, rest }: CompressedStream): Buffer {
  const body = Buffer.concat([MAGIC, Buffer.of(FORMAT), Buffer.from(weights, 'hex'), Buffer.of(quality), varint(version), varint(count), rest]);
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([body, checksum]);
}

/** @throws QuartetError CORRUPT_DATA for what is no stream, is of another format, is cut off or was altered. */
export function readStream(bytes: Uint8Array): CompressedStream {
  const stream = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (stream.length < SHORTEST || !stream.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw corrupt(`received ${stream.length} bytes that don't begin as a stream does; send what Compress answered, whole`);
  }
  const format = stream[MAGIC.length] ?? 0;
  if (format !== FORMAT) throw corrupt(`received a stream of format ${format}, expected ${FORMAT}; decompress it with the release of Quartet that made it`);
  const body = stream.subarray(0, -CHECKSUM_BYTES);
  if (crc32(body) !== stream.readUInt32BE(body.length)) throw corrupt('its checksum is wrong: it was cut off or altered on its way; send what Compress answered, whole');
  let at = MAGIC.length + 1;
  const weights = body.toString('hex', at, (at += WEIGHTS_BYTES));
  const quality = body[at++] ?? 0;
  const next = (): number => {
    const [value, length] = readVarint(body.subarray(at));
    at += length;
    return value;
  };
  const [version, count] = [next(), next()];
  if (quality > QUALITIES) throw corrupt(`its quality is ${quality}, expected at most ${QUALITIES}`);
  return { weights, version, quality, count, rest: body.subarray(at) };
}

/** Lengths of sequences before their code. */
export const writeLengths = (lengths: readonly number[], code: Uint8Array): Buffer => Buffer.concat([...lengths.map(varint), code]);

/** @throws QuartetError CORRUPT_DATA for lengths that aren't 1 to `longest`. */
export function readLengths(rest: Uint8Array, count: number, longest: number): { lengths: number[]; code: Uint8Array } {
  let at = 0;
  const lengths = Array.from({ length: count }, () => {
    const [value, bytes] = readVarint(rest.subarray(at));
    at += bytes;
    if (value < 1 || value > longest) throw corrupt(`a sequence in it has ${value} steps, expected 1 to ${longest}`);
    return value;
  });
  return { lengths, code: rest.subarray(at) };
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

function readVarint(bytes: Uint8Array): [value: number, length: number] {
  let value = 0;
  for (let at = 0; at < Math.min(bytes.length, 7); at += 1) {
    const byte = bytes[at] as number;
    value += (byte & 127) * 128 ** at;
    if (byte < 128) return [value, at + 1];
  }
  throw corrupt('it holds a number that has no end');
}

const corrupt = (description: string): QuartetError => QuartetError.invalid('stream', description, 'CORRUPT_DATA');
