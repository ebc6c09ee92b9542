import type { Transform } from './transform';

/**
 * Changes one image in a single pass: for each pixel of the result, the inverse affine map gives a place in the image,
 * which is read by bilinear interpolation, with 0 outside (scipy.ndimage.affine_transform with order=1,
 * mode='grid-constant').
 *
 * @param padded [height + 2, width + 2, channels]: the image within a border of zeros, which spares the inner loop all
 *   tests of the edges.
 * @param out Receives [height, width, channels] from `at` on.
 */
export function warp(padded: Float32Array, height: number, width: number, channels: number, transform: Transform, out: Float32Array, at: number): void {
  const { shiftX, shiftY, radians, scale, flip } = transform;
  const [centreX, centreY] = [(width - 1) / 2, (height - 1) / 2];
  const [cosine, sine] = [Math.cos(radians) / scale, Math.sin(radians) / scale];
  const mirror = flip ? -1 : 1;
  const [xByX, xByY, yByX, yByY] = [mirror * cosine, mirror * sine, -sine, cosine];
  const x0 = centreX - xByX * (centreX + shiftX) - xByY * (centreY + shiftY);
  const y0 = centreY - yByX * (centreX + shiftX) - yByY * (centreY + shiftY);
  const stride = (width + 2) * channels;
  let write = at;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = x0 + xByX * column + xByY * row;
      const y = y0 + yByX * column + yByY * row;
      const [left, top] = [Math.floor(x), Math.floor(y)];
      if (left < -1 || left >= width || top < -1 || top >= height) {
        for (let channel = 0; channel < channels; channel++) out[write++] = 0;
        continue;
      }
      const [toRight, toBottom] = [x - left, y - top];
      let read = (top + 1) * stride + (left + 1) * channels;
      for (let channel = 0; channel < channels; channel++, read++) {
        const upper = padded[read]! + toRight * (padded[read + channels]! - padded[read]!);
        const lower = padded[read + stride]! + toRight * (padded[read + stride + channels]! - padded[read + stride]!);
        out[write++] = upper + toBottom * (lower - upper);
      }
    }
  }
}

/** Sets a rectangle of an image [height, width, channels] at `at` to 0. */
export function eraseRectangle(image: Float32Array, at: number, width: number, channels: number, erase: NonNullable<Transform['erase']>): void {
  for (let row = erase.top; row < erase.top + erase.height; row++) {
    const start = at + (row * width + erase.left) * channels;
    image.fill(0, start, start + erase.width * channels);
  }
}
