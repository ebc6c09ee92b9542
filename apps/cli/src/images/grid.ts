/** Images of equal size, 0..255. */
export interface Images {
  pixels: Uint8Array;
  count: number;
  height: number;
  width: number;
  channels: number;
}

/** Several images as one, side by side and one below the other, a line of grey between them. */
export function gridOf({ pixels, count, height, width, channels }: Images, columns: number, gap = 1): Images {
  const rows = Math.ceil(count / columns);
  const [tall, wide] = [rows * (height + gap) - gap, columns * (width + gap) - gap];
  const grid = new Uint8Array(tall * wide * channels).fill(64);
  const line = width * channels;
  for (let at = 0; at < count; at += 1) {
    const [top, left] = [Math.floor(at / columns) * (height + gap), (at % columns) * (width + gap)];
    for (let y = 0; y < height; y += 1) {
      const from = (at * height + y) * line;
      grid.set(pixels.subarray(from, from + line), ((top + y) * wide + left) * channels);
    }
  }
  return { pixels: grid, count: 1, height: tall, width: wide, channels };
}
