import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Images } from './grid';

/** Milliseconds that a frame stays. */
const DELAY = 120;

/** Writes pictures of equal size as an animated GIF that begins again at its end. Loads the library for it only now. */
export async function writeAnimation(file: string, frames: readonly Omit<Images, 'count'>[]): Promise<void> {
  const { default: sharp } = await import('sharp');
  const [{ width, height, channels }] = frames as [Omit<Images, 'count'>];
  mkdirSync(dirname(resolve(file)), { recursive: true });
  await sharp(Buffer.concat(frames.map(({ pixels }) => pixels)), { raw: { width, height: height * frames.length, channels: channels as 1 | 3 | 4, pageHeight: height } })
    .gif({ delay: frames.map(() => DELAY), loop: 0 })
    .toFile(file);
}
