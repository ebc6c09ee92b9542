import { QuartetError, type Image } from '@quartet/contracts';
import { formatShape } from '@quartet/core';
import { readImage } from '@quartet/service-kit';

/** Pixels of an image beyond which maps and pictures would keep the service from all else. */
const MOST_PIXELS = 2 ** 22;

/** @throws QuartetError LIMIT_EXCEEDED for a model of images so large that its layers can't be looked into */
export function checkPixels([height = 0, width = 0]: readonly number[]): void {
  if (height * width <= MOST_PIXELS) return;
  throw QuartetError.invalid('model', `takes images of ${height} x ${width}, ${height * width} pixels, expected at most ${MOST_PIXELS} where a map or a picture is made; train it on smaller images`, 'LIMIT_EXCEEDED');
}

/**
 * A request's one image as the network takes it, float32 in 0..1, flat.
 * @throws QuartetError with the path of the bad field
 */
export async function readOne(image: Image | undefined, field: string, shape: readonly number[]): Promise<Float32Array> {
  if (!image) throw QuartetError.invalid(field, `is not set; send a PNG or JPEG in \`encoded\`, or ${formatShape(shape)} in \`pixels\``);
  return Float32Array.from(await readImage(image, field, shape));
}
