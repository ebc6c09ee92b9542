import { createHash } from 'node:crypto';
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { RECORD_AGAIN, SoundError, type SoundHeader } from './sound';

/** `fLaC`, and the block STREAMINFO that must come first. */
const STREAM_INFO_END = 42;
/** Fed at a time: silence packs so well that a whole file could unpack to more than any memory. */
const PIECE_BYTES = 8 * 1024;
/** Samples that float32, which the decoder gives, holds exactly. */
const FLOAT_BITS = 24;

export const isFlac = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'fLaC';

/** Source: RFC 9639, section 8.2. */
export function flacHeader(bytes: Uint8Array): SoundHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < STREAM_INFO_END || (bytes[4]! & 0x7f) !== 0) throw new SoundError({ received: 'no description of the stream', expected: 'a complete FLAC file', remedy: RECORD_AGAIN });
  const packed = view.getBigUint64(18);
  const bitsOf = (shift: bigint, width: bigint): number => Number((packed >> shift) & ((1n << width) - 1n));
  const header = { format: 'flac' as const, sampleRate: bitsOf(44n, 20n), channels: bitsOf(41n, 3n) + 1, bits: bitsOf(36n, 5n) + 1, frames: bitsOf(0n, 36n) };
  if (header.frames === 0) throw new SoundError({ received: 'a header that does not tell the length', expected: 'the number of samples', remedy: RECORD_AGAIN });
  return header;
}

/** @returns [channel][frame], -1..1; as many as the header says, with the MD5 sum that it gives. */
export async function decodeFlac(bytes: Uint8Array, header: SoundHeader): Promise<Float32Array[]> {
  // Grows with what is there: a header may lie about gigabytes.
  const pieces: Float32Array[][] = [];
  const decoder = new FLACDecoder();
  await decoder.ready;
  let done = 0;
  const take = ({ channelData, samplesDecoded, errors }: Awaited<ReturnType<FLACDecoder['decode']>>): void => {
    const [error] = errors;
    if (error) throw damaged(error.message);
    if (samplesDecoded === 0) return;
    if (done + samplesDecoded > header.frames || channelData.length !== header.channels) throw damaged(`more than the ${header.frames} samples that its header tells of`);
    pieces.push(channelData.map((channel) => channel.slice(0, samplesDecoded)));
    done += samplesDecoded;
  };
  try {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) take(await decoder.decode(bytes.subarray(at, at + PIECE_BYTES)));
    take(await decoder.flush());
  } finally {
    decoder.free();
  }
  if (done !== header.frames) throw damaged(`${done} of the ${header.frames} samples that its header tells of`);
  const channels = Array.from({ length: header.channels }, (_, index) => joined(pieces.map((piece) => piece[index]!), done));
  // The decoder divides by one less than the largest negative number; undone, samples come back as they were.
  const [most, { round }] = [2 ** (header.bits - 1), Math];
  if (header.bits <= FLOAT_BITS) for (const channel of channels) for (let i = 0; i < header.frames; i++) channel[i] = round(channel[i]! * (most - 1)) / most;
  checkSum(channels, header, Buffer.from(bytes.subarray(26, STREAM_INFO_END)));
  return channels;
}

function joined(pieces: readonly Float32Array[], length: number): Float32Array {
  const whole = new Float32Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const damaged = (received: string): SoundError => new SoundError({ received: `a damaged FLAC file (${received})`, expected: 'a complete one', remedy: 'Copy it again, or save it again.' });

/** The header's MD5 is that of the samples, interleaved, little-endian, in whole bytes; 0: not known. */
function checkSum(channels: Float32Array[], { bits, frames }: SoundHeader, expected: Buffer): void {
  if (bits > FLOAT_BITS || expected.every((byte) => byte === 0)) return;
  const width = Math.ceil(bits / 8);
  const bytes = Buffer.alloc(frames * channels.length * width);
  for (let i = 0, at = 0; i < frames; i++) {
    for (const channel of channels) at = bytes.writeIntLE(Math.round(channel[i]! * 2 ** (bits - 1)), at, width);
  }
  if (!createHash('md5').update(bytes).digest().equals(expected)) throw damaged('its samples have another MD5 sum than its header says');
}
