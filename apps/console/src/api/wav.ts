const HEADER = 44;
const BYTES = 2;

/** A WAV file of one channel, 16 bits a sample. @param samples in -1..1; what is beyond is cut off */
export function encodeWav(samples: Float32Array, sampleRate: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(HEADER + BYTES * samples.length);
  const view = new DataView(file.buffer);
  const text = (at: number, value: string) => file.set(new TextEncoder().encode(value), at);
  text(0, 'RIFF');
  view.setUint32(4, file.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, BYTES * sampleRate, true);
  view.setUint16(32, BYTES, true);
  view.setUint16(34, 8 * BYTES, true);
  text(36, 'data');
  view.setUint32(40, BYTES * samples.length, true);
  samples.forEach((sample, at) => view.setInt16(HEADER + BYTES * at, Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))), true));
  return file;
}

/** 16-bit little-endian samples, as data sets hold them, in -1..1. */
export function fromPcm(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / BYTES }, (_, at) => view.getInt16(BYTES * at, true) / 32_768);
}
