import decode from '@audio/decode-wav';
import { RECORD_AGAIN, SoundError, type SoundHeader } from './sound';

const HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** Format tags, and the sizes of samples that go with them. EXTENSIBLE names one of the others. */
const EXTENSIBLE = 0xfffe;
const SAMPLE_BITS: Readonly<Record<number, readonly number[]>> = { 1: [8, 16, 24, 32], 3: [32, 64], 6: [8], 7: [8] };

export const isWav = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'RIFF';

/**
 * Reads a WAV file's chunks and checks what they promise against what is there, before anything is decoded.
 * Source: IBM and Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991; mmreg.h.
 */
export function wavHeader(bytes: Uint8Array): SoundHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < HEAD_BYTES || text(8) !== 'WAVE') throw new SoundError({ received: 'a RIFF file that is no WAVE', expected: 'a WAV file', remedy: RECORD_AGAIN });
  let format: Omit<SoundHeader, 'frames'> & { frameBytes: number } | undefined;
  for (let at = HEAD_BYTES; at + CHUNK_HEAD_BYTES <= bytes.length; ) {
    const [name, size, start] = [text(at), view.getUint32(at + 4, true), at + CHUNK_HEAD_BYTES];
    if (name === 'fmt ') format = readFormat(view, start, Math.min(size, bytes.length - start));
    if (name === 'data') {
      if (!format) break;
      return { ...format, frames: framesOf(size, bytes.length - start, format.frameBytes) };
    }
    at = start + size + (size % 2);
  }
  throw new SoundError({ received: `no ${format ? 'sound' : 'description of the sound'} (chunk "${format ? 'data' : 'fmt '}")`, expected: 'a complete WAV file', remedy: RECORD_AGAIN });
}

function readFormat(view: DataView, at: number, size: number) {
  if (size < 16) throw new SoundError({ received: `a description of the sound of ${size} bytes`, expected: 'at least 16', remedy: RECORD_AGAIN });
  const u16 = (offset: number): number => view.getUint16(at + offset, true);
  const tag = u16(0) === EXTENSIBLE && size >= 40 ? u16(24) : u16(0);
  const [channels, sampleRate, byteRate, frameBytes, bits] = [u16(2), view.getUint32(at + 4, true), view.getUint32(at + 8, true), u16(12), u16(14)];
  if (!SAMPLE_BITS[tag]?.includes(bits)) {
    throw new SoundError({ received: `samples of format ${tag} with ${bits} bits`, expected: 'PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, A-law or mu-law', remedy: 'Save it as 16-bit PCM.' });
  }
  if (frameBytes !== (channels * bits) / 8 || byteRate !== sampleRate * frameBytes) {
    throw new SoundError({
      received: `a header of ${frameBytes} bytes a frame and ${byteRate} a second`,
      expected: `${(channels * bits) / 8} and ${(sampleRate * channels * bits) / 8} for ${channels} channels, ${bits} bits, ${sampleRate} samples a second`,
      remedy: `The header contradicts itself. ${RECORD_AGAIN}`,
    });
  }
  return { format: 'wav' as const, sampleRate, channels, bits, frameBytes };
}

function framesOf(promised: number, there: number, frameBytes: number): number {
  if (promised > there) {
    throw new SoundError({ received: `a header that promises ${promised} bytes of sound, of which ${there} are there`, expected: 'a complete file', remedy: `It is truncated, or was never finished. ${RECORD_AGAIN}` });
  }
  // Without channels, which is refused next.
  if (frameBytes === 0) return 0;
  if (promised % frameBytes !== 0) {
    throw new SoundError({ received: `${promised} bytes of sound`, expected: `a multiple of ${frameBytes}, the size of a frame`, remedy: RECORD_AGAIN });
  }
  return promised / frameBytes;
}

/** @returns [channel][frame], -1..1. */
export function decodeWav(bytes: Uint8Array, { bits, frames }: SoundHeader): Float32Array[] {
  const { channelData } = decode(bytes);
  if (channelData.some(({ length }) => length !== frames)) throw new SoundError({ received: 'sound that ends early', expected: `${frames} samples`, remedy: RECORD_AGAIN });
  // The decoder divides positive samples by one less than negative ones; undone, 16-bit samples come back as they were.
  const most = 2 ** (bits - 1);
  const { round } = Math;
  if (bits <= 16) for (const channel of channelData) for (let i = 0; i < frames; i++) if (channel[i]! > 0) channel[i] = round(channel[i]! * (most - 1)) / most;
  return channelData;
}
