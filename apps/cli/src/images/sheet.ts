import { writeImage } from './write-image';

/** Blank pixels between images. */
const GAP = 2;
const WHITE = 255;

export interface ImageShape {
  height: number;
  width: number;
  channels: number;
}

/** Writes images, pixels 0..255, as one PNG: an array of rows, each of images side by side. */
export async function writeSheet(file: string, rows: readonly (readonly Uint8Array[])[], { height, width, channels }: ImageShape): Promise<void> {
  const across = Math.max(...rows.map((row) => row.length));
  const [tall, wide] = [rows.length * (height + GAP) - GAP, across * (width + GAP) - GAP];
  const sheet = new Uint8Array(tall * wide * channels).fill(WHITE);
  rows.forEach((row, down) =>
    row.forEach((image, right) => {
      for (let line = 0; line < height; line += 1) {
        const at = ((down * (height + GAP) + line) * wide + right * (width + GAP)) * channels;
        sheet.set(image.subarray(line * width * channels, (line + 1) * width * channels), at);
      }
    }),
  );
  await writeImage(file, sheet, tall, wide, channels);
}

/** Squared errors as brightness: white is the largest of all. Sums over the channels, given back in each. */
export function heat(errors: Float32Array, channels: number, largest: number): Uint8Array {
  const out = new Uint8Array(errors.length);
  for (let at = 0; at < errors.length; at += channels) {
    const sum = errors.subarray(at, at + channels).reduce((a, b) => a + b, 0);
    // The square root shows the small ones as well.
    out.fill(Math.round(WHITE * Math.sqrt(Math.min(1, sum / Math.max(largest, 1e-9)))), at, at + channels);
  }
  return out;
}
