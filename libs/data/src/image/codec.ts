import sharp from 'sharp';

/**
 * The image library, restricted: it decodes PNG and JPEG and nothing else, since what it reads comes from strangers and
 * other formats (SVG, PDF, TIFF, ...) pull in far more code.
 */
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadPng', 'VipsForeignLoadJpeg'] });
// Images are read once, so its cache would only hold memory; callers run several images at a time instead of threads.
sharp.cache(false);
sharp.concurrency(1);

/** uint8 pixels, [height, width, channels], with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels. */
export interface Pixels {
  height: number;
  width: number;
  channels: number;
  data: Uint8Array;
  /** Channels of the file itself, 1, 3 or 4, where grey counts as 1: decoded, grey has three equal ones. */
  ownChannels: number;
}

/** Colour spaces of grey images, in sharp's words. */
const GREY = new Set<string | undefined>(['b-w', 'grey16']);

/**
 * Decodes a PNG or JPEG: upright by its EXIF orientation, in sRGB, 8 bit a channel (16-bit PNGs are scaled down), and
 * resized if asked for.
 *
 * Resizing disregards the aspect ratio and uses the triangle kernel, widened when shrinking so that it averages
 * (what Pillow calls BILINEAR). When enlarging, libvips places the result up to half a pixel of its own off Pillow's.
 * Alpha is premultiplied meanwhile.
 *
 * @param input Path or bytes of the file.
 * @throws Error of sharp's, its message naming the fault.
 */
export async function decodePixels(
  input: string | Uint8Array,
  maxPixels: number,
  size?: { height: number; width: number },
): Promise<Pixels> {
  // failOn 'warning': a truncated JPEG is no more than a warning to libjpeg, with grey in place of what is missing.
  let image = sharp(input, { limitInputPixels: maxPixels, failOn: 'warning', sequentialRead: true }).autoOrient();
  if (size) image = image.resize({ ...size, fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false });
  const { space } = await image.metadata();
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { height: info.height, width: info.width, channels: info.channels, data, ownChannels: GREY.has(space) ? 1 : info.channels };
}
