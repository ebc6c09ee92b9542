/** Of a WAV file's header: RIFF, one chunk of format, one of data. */
const HEADER = 44;

/** A WAV file of 16-bit little-endian samples of one channel. */
export function wavFile(samples: Uint8Array, rate: number): Uint8Array {
  const file = new Uint8Array(HEADER + samples.length);
  const view = new DataView(file.buffer);
  const text = (at: number, value: string) => file.set(new TextEncoder().encode(value), at);
  text(0, 'RIFF');
  view.setUint32(4, HEADER - 8 + samples.length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  // PCM, one channel.
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples.length, true);
  file.set(samples, HEADER);
  return file;
}

/** An SVG path of the smallest and largest sample of each column of pixels; samples as of {@link wavFile}. */
export function waveform(samples: Uint8Array, width: number, height: number): string {
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
  const count = Math.floor(samples.length / 2);
  const y = (value: number) => ((1 - value / 32768) * height) / 2;
  return Array.from({ length: width }, (_, x) => {
    const [from, to] = [Math.floor((x * count) / width), Math.max(Math.floor(((x + 1) * count) / width), Math.floor((x * count) / width) + 1)];
    let [least, most] = [32767, -32768];
    for (let at = from; at < Math.min(to, count); at++) {
      const value = view.getInt16(2 * at, true);
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    return most < least ? '' : `M${x} ${y(most).toFixed(1)}V${(y(least) + 0.5).toFixed(1)}`;
  }).join('');
}
