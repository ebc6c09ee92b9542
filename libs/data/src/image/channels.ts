import type { Pixels } from './codec';

const OPAQUE = 255;

/**
 * Converts pixels to 1 (grey), 3 (RGB) or 4 (RGBA) channels. Grey is the luma of ITU-R BT.601, in the fixed-point form
 * that Pillow uses. Where alpha is dropped, the image is laid over white, as a page would show it.
 */
export function toChannels({ data, channels: from, height, width }: Omit<Pixels, 'ownChannels'>, to: number): Uint8Array {
  if (from === to) return data;
  const out = new Uint8Array(height * width * to);
  const [hasAlpha, isGrey] = [from === 2 || from === 4, from < 3];
  for (let read = 0, write = 0; read < data.length; read += from, write += to) {
    let [red, green, blue] = isGrey ? [data[read]!, data[read]!, data[read]!] : [data[read]!, data[read + 1]!, data[read + 2]!];
    const alpha = hasAlpha ? data[read + from - 1]! : OPAQUE;
    if (to !== 4 && alpha !== OPAQUE) [red, green, blue] = [overWhite(red, alpha), overWhite(green, alpha), overWhite(blue, alpha)];
    if (to === 1) {
      out[write] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
      continue;
    }
    out[write] = red;
    out[write + 1] = green;
    out[write + 2] = blue;
    if (to === 4) out[write + 3] = alpha;
  }
  return out;
}

const overWhite = (value: number, alpha: number): number => Math.round((value * alpha + OPAQUE * (OPAQUE - alpha)) / OPAQUE);
