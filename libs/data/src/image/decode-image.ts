import { QuartetError } from '@quartet/contracts';
import { DEFAULT_LIMITS } from '../limits';
import { UNIT } from '../load/unit-scale';
import { textOf } from '../problems';
import { toChannels } from './channels';
import { decodePixels, type Pixels } from './codec';

export interface ImageTarget {
  height: number;
  width: number;
  /** 1 (grey), 3 (RGB) or 4 (RGBA). */
  channels: number;
  /** Largest image that is decoded; default 64 Mi pixels. */
  maxPixels?: number;
}

export interface DecodedImage {
  /** [height, width, channels] */
  shape: number[];
  /** float32 in 0..1. */
  data: Float32Array;
}

/**
 * Decodes a PNG or JPEG as a model takes it, in the same way as images are read for training: upright by EXIF, in sRGB,
 * 8 bit a channel, resized (disregarding the aspect ratio, averaging when shrinking), converted to the model's channels.
 *
 * @param field Where the image stands in the request, for the error.
 * @throws QuartetError UNDECODABLE_IMAGE
 */
export async function decodeImage(bytes: Uint8Array, target: ImageTarget, field = 'encoded'): Promise<DecodedImage> {
  const { height, width, channels, maxPixels = DEFAULT_LIMITS.maxPixels } = target;
  let pixels: Pixels;
  try {
    if (bytes.length === 0) throw new Error('no bytes');
    pixels = await decodePixels(bytes, maxPixels, { height, width });
  } catch (error) {
    const received = `${bytes.length} bytes that can't be decoded (${textOf(error)})`;
    const expected = `a complete PNG or JPEG file of at most ${maxPixels} pixels`;
    throw QuartetError.invalid(field, `received ${received}; expected ${expected}. Send the file's own bytes.`, 'UNDECODABLE_IMAGE');
  }
  return { shape: [height, width, channels], data: toUnit(toChannels(pixels, channels)) };
}

function toUnit(bytes: Uint8Array): Float32Array {
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = UNIT[bytes[i]!]!;
  return out;
}
