import { QuartetError, type Image } from '@quartet/contracts';
import { formatShape } from '@quartet/core';
import { readImage } from '@quartet/service-kit';

/**
 * A request's one image as the network takes it, float32 in 0..1, flat.
 * @throws QuartetError with the path of the bad field
 */
export async function readOne(image: Image | undefined, field: string, shape: readonly number[]): Promise<Float32Array> {
  if (!image) throw QuartetError.invalid(field, `is not set; send a PNG or JPEG in \`encoded\`, or ${formatShape(shape)} in \`pixels\``);
  return Float32Array.from(await readImage(image, field, shape));
}
