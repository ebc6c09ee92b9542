import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Writes pixels 0..255, [height, width, channels] with 1 or 3 channels, as a PNG. Loads the library for it only now. */
export async function writeImage(file: string, pixels: Uint8Array, height: number, width: number, channels: number): Promise<void> {
  const { default: sharp } = await import('sharp');
  mkdirSync(dirname(resolve(file)), { recursive: true });
  await sharp(pixels, { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } })
    .png()
    .toFile(file);
}

/** Values 0..1 as pixels 0..255. */
export const toPixels = (values: ArrayLike<number>): Uint8Array => Uint8Array.from(values, (value) => Math.round(Math.min(1, Math.max(0, value)) * 255));
