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
  const centreX = (width - 1) / 2;
  const centreY = (height - 1) / 2;
  const yByY = Math.cos(radians) / scale;
  const yByX = -Math.sin(radians) / scale;
  const xByX = flip ? -yByY : yByY;
  const xByY = flip ? yByX : -yByX;
  const x0 = centreX - xByX * (centreX + shiftX) - xByY * (centreY + shiftY);
  const y0 = centreY - yByX * (centreX + shiftX) - yByY * (centreY + shiftY);
  const stride = (width + 2) * channels;
  let write = at;
  for (let row = 0; row < height; row++) {
    // In the border's coordinates, one further right and down.
    const rowX = x0 + xByY * row + 1;
    const rowY = y0 + yByY * row + 1;
    for (let column = 0; column < width; column++) {
      const x = rowX + xByX * column;
      const y = rowY + yByX * column;
      if (!(x >= 0 && x < width + 1 && y >= 0 && y < height + 1)) {
        for (let channel = 0; channel < channels; channel++) out[write++] = 0;
        continue;
      }
      const left = x | 0;
      const top = y | 0;
      const toRight = x - left;
      const toBottom = y - top;
      let read = top * stride + left * channels;
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
