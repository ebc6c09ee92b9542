/** An SVG path of the smallest and largest sample of each column of pixels; samples of 16 bits, little-endian. */
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
